/** How a client of the Vault dialect has logged in: by the path of that login there. */
export const VAULT_METHODS = ['approle', 'userpass'] as const;
export type VaultMethod = (typeof VAULT_METHODS)[number];

/** From a login or a renewal on; Vault's word for it is a lease. A program that has died stops being trusted after this. */
export const LEASE_SECONDS = 3600;
/** From the login on, whatever is renewed: at least once a day somebody shows that they still have the secret. */
export const LEASE_SECONDS_MAX = 24 * 3600;

/** What a renewal at `nowMillis` extends a lease to: by what is asked for, or by one lease, and never beyond the end. */
export function renewedUntil(nowMillis: number, endsAtMillis: number, incrementSeconds: number | undefined): { readonly untilMillis: number; readonly curtailed: boolean } {
  // Vault reads an increment of nothing as none.
  const wanted = nowMillis + (incrementSeconds || LEASE_SECONDS) * 1000;
  return { untilMillis: Math.min(wanted, endsAtMillis), curtailed: wanted > endsAtMillis };
}

/** A credential as its holder sees it. */
export interface HeldToken {
  readonly principalId: string;
  readonly sessionId: string;
  /** The account's name. */
  readonly name: string;
  /** Null: an access token, which is issued for a fixed time and not renewed. */
  readonly method: VaultMethod | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** Whatever is renewed. Null for what is not. */
  readonly endsAt: Date | null;
}

/** The path of the login. */
export function pathOf({ method, name }: Pick<HeldToken, 'method' | 'name'>): string {
  if (method === null) return 'auth/login';
  return method === 'approle' ? 'auth/approle/login' : `auth/userpass/login/${name}`;
}
