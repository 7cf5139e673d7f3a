/** Where the seal key comes from when a process starts. */
export const SEAL_TYPES = ['key-file', 'passphrase', 'shamir', 'transit'] as const;
export type SealType = (typeof SEAL_TYPES)[number];

/** What a seal needs besides its secret: nothing of it is secret, all of it stands in the database. */
export type SealParameters = Readonly<Record<string, string | number>>;

/** The seal that a database is under. */
export interface SealRow {
  readonly type: SealType;
  readonly parameters: SealParameters;
  /** Recognises the seal key and tells nothing about it. */
  readonly checkValue: Buffer;
}
