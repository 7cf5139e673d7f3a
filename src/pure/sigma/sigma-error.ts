/** What a rule gets wrong, and where: `detection.selection.user|foo: unknown modifier`. Never repeats a value. */
export class SigmaError extends Error {
  override readonly name = 'SigmaError';

  constructor(
    /** Dotted path into the rule, as its author wrote it. */
    readonly place: string,
    readonly problem: string,
  ) {
    super(`${place}: ${problem}`);
  }
}
