import type { Keyring } from '#modules/crypto/index.js';
import { sourceKeyOf } from '#platform/http/rate-limit/source-key.js';

/**
 * Where a request came from, as a name that says nothing: 96 bits of a keyed digest over the day (UTC) and the network
 * that limits count by. Equal within a day, so that a rule can group by it; of no use the day after, and to nobody
 * without the root key, with which the four billion IPv4 addresses of a day could be tried. The address itself stands
 * in an entry as ciphertext only.
 */
export function sourceDigest(keyring: Pick<Keyring, 'mac'>, address: string, timeMillis: number): string {
  const day = new Date(timeMillis).toISOString().slice(0, 'YYYY-MM-DD'.length);
  return keyring.mac('audit-source', Buffer.from(`${day}\0${sourceKeyOf(address)}`, 'utf8')).subarray(0, 12).toString('base64url');
}
