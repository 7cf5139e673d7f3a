import { combine, split } from 'shamir-secret-sharing';
import type { SealParameters } from '../domain/seal.js';
import { SEAL_KEY_BYTES, SealKey } from './seal-key.js';

/** The secret's bytes and, last, the share's place on the curve: 1 to 255. */
export const SHARE_BYTES = SEAL_KEY_BYTES + 1;

export interface ShareCounts {
  readonly shares: number;
  readonly threshold: number;
}

/** What `crypto.seal` says about its shares; null where it says nothing that holds together. */
export function countsIn({ shares, threshold }: SealParameters): ShareCounts | null {
  const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 2 && value <= 255;
  return isCount(shares) && isCount(threshold) && threshold <= shares ? { shares, threshold } : null;
}

/** Shares of a seal key's bytes, which stay the caller's to wipe, as the shares are. */
export async function splitSealKey(bytes: Uint8Array, { shares, threshold }: ShareCounts): Promise<readonly Uint8Array[]> {
  // The library takes nothing but this very class.
  const secret = new Uint8Array(bytes);
  try {
    return await split(secret, shares, threshold);
  } finally {
    secret.fill(0);
  }
}

export function wipe(shares: readonly Uint8Array[]): void {
  for (const share of shares) share.fill(0);
}

/** What the shares make together: a seal key, and not known to be the right one. Null where they cannot be of one secret. Wipes them. */
export async function combineShares(shares: readonly Uint8Array[]): Promise<SealKey | null> {
  try {
    const secret = await combine([...shares]);
    return SealKey.takeOver(Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength));
  } catch {
    return null;
  } finally {
    wipe(shares);
  }
}
