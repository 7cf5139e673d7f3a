/** A passkey as its owner sees it. */
export interface Passkey {
  readonly id: string;
  readonly label: string | null;
  /** Whether its private key may be copied to other devices, as the authenticator said. */
  readonly synced: boolean;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

/** Of one person: enough for every device that somebody has, and no place to store things in. */
export const PASSKEYS_MAX = 20;
