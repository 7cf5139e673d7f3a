/** Why no release is made, for who asked for it. */
export class ReleaseRefusal extends Error {
  override readonly name = 'ReleaseRefusal';
}
