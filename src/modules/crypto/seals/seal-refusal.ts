/** A seal that cannot be opened as this process is configured: the message says what to do, and is all that the operator sees. */
export class SealRefusal extends Error {
  override readonly name: string = 'SealRefusal';
}

/** What opens the seal cannot be reached just now: the process starts sealed and tries again. */
export class SealUnreachable extends SealRefusal {
  override readonly name = 'SealUnreachable';
}
