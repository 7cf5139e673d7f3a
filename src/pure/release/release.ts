/** What is running. The digest is that of the signed release manifest; null in a build that is not a release. */
export interface Release {
  readonly version: string;
  readonly digest: string | null;
}

/** A test holds it equal to package.json, which is not part of the build. Every entry of the ledger names the version too. */
export const RELEASE: Release = { version: '0.1.0', digest: null };
