/** What is running. */
export interface Release {
  readonly version: string;
}

/** A test holds it equal to package.json, which the code does not read. Every entry of the ledger names it. */
export const RELEASE: Release = { version: '0.1.0' };
