import type { Config } from '#platform/config/config.js';
import { authoritiesIn } from '#platform/config/read-config.js';
import type { Clock } from '#platform/system/clock.js';
import type { Randomness } from '#platform/system/randomness.js';
import { VaultSession } from '#platform/vault/vault-session.js';
import type { SealType } from '../domain/seal.js';
import type { AutomaticSeal } from './automatic-seal.js';
import { KeyFileSeal } from './key-file-seal.js';
import { PassphraseSeal } from './passphrase-seal.js';
import { SealRefusal } from './seal-refusal.js';
import { TransitSeal } from './transit-seal.js';

type Settings = Pick<Config, 'rootKeyFile' | 'dataDirectory' | 'production' | 'seal'>;

/** How each type is made of the configuration. Null: it needs people. */
const SEALS: Readonly<Record<SealType, (settings: Settings, randomness: Randomness, clock: Clock) => AutomaticSeal | null>> = {
  'key-file': ({ rootKeyFile: file, dataDirectory, production }) => new KeyFileSeal({ file, dataDirectory, production }),
  passphrase: ({ seal: { passphrase } }, randomness) => {
    if (passphrase === null) throw new SealRefusal('The seal of a passphrase needs SEAL_PASSPHRASE, or SEAL_PASSPHRASE_FILE.');
    return new PassphraseSeal(passphrase, randomness);
  },
  shamir: () => null,
  transit: ({ seal: { transit } }, randomness, clock) => {
    if (transit === null) throw new SealRefusal('The seal of a Transit server needs SEAL_TRANSIT_URL, SEAL_TRANSIT_KEY, and SEAL_TRANSIT_TOKEN or SEAL_TRANSIT_ROLE_ID with SEAL_TRANSIT_SECRET_ID.');
    const { url, key, credential, authoritiesFile } = transit;
    // The configuration has it there: what stands before is the server's, what stands behind the engine's mount.
    const mountAt = url.indexOf('/v1/');
    const server = { base: url.slice(0, mountAt + '/v1'.length), namespace: null, authorities: authoritiesIn(authoritiesFile) };
    return new TransitSeal({ session: new VaultSession(server, credential, clock), mount: url.slice(mountAt + '/v1/'.length), key }, randomness);
  },
};

/** The seal that the process is configured with; another type where one is moved from. */
export function automaticSeal(settings: Settings, randomness: Randomness, clock: Clock, type: SealType = settings.seal.type): AutomaticSeal | null {
  return SEALS[type](settings, randomness, clock);
}
