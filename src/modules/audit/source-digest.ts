import { createHmac, type KeyObject } from 'node:crypto';
import type { Keyring } from '#modules/crypto/index.js';
import { sourceKeyOf } from '#platform/http/rate-limit/source-key.js';

const DAY_MILLIS = 86_400_000;
/** Networks of the day that are kept at hand: who asks once mostly asks again. */
const KEPT_MAX = 1_000;
/** What a proxy writes can be anything; an address with its port is no longer. */
const ADDRESS_CHARACTERS_MAX = 64;

/** Of one day, by address; under the key itself, so that they are gone with it when the process is sealed. */
interface Known {
  readonly day: number;
  readonly digests: Map<string, string>;
}

const known = new WeakMap<KeyObject, Known>();

/**
 * Where a request came from, as a name that says nothing: 96 bits of a keyed digest over the day (UTC) and the network
 * that limits count by. Equal within a day, so that a rule can group by it; of no use the day after, and to nobody
 * without the root key, with which the four billion IPv4 addresses of a day could be tried. The address itself stands
 * in an entry as ciphertext only.
 */
export function sourceDigest(keyring: Pick<Keyring, 'macKey'>, address: string, timeMillis: number): string {
  const key = keyring.macKey('audit-source');
  const digests = digestsOf(key, Math.floor(timeMillis / DAY_MILLIS));
  const kept = digests.get(address);
  if (kept !== undefined) return kept;
  const day = new Date(timeMillis).toISOString().slice(0, 'YYYY-MM-DD'.length);
  const digest = createHmac('sha256', key).update(`${day}\0${sourceKeyOf(address)}`, 'utf8').digest().subarray(0, 12).toString('base64url');
  if (address.length > ADDRESS_CHARACTERS_MAX) return digest;
  if (digests.size >= KEPT_MAX) digests.delete(digests.keys().next().value!);
  digests.set(address, digest);
  return digest;
}

function digestsOf(key: KeyObject, day: number): Map<string, string> {
  let of = known.get(key);
  if (of?.day !== day) known.set(key, (of = { day, digests: new Map() }));
  return of.digests;
}
