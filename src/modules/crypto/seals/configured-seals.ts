import type { Config } from '#platform/config/config.js';
import type { Randomness } from '#platform/system/randomness.js';
import type { SealType } from '../domain/seal.js';
import type { AutomaticSeal } from './automatic-seal.js';
import { KeyFileSeal } from './key-file-seal.js';
import { PassphraseSeal } from './passphrase-seal.js';
import { SealRefusal } from './seal-refusal.js';
import { TransitSeal } from './transit-seal.js';

type Settings = Pick<Config, 'rootKeyFile' | 'dataDirectory' | 'production' | 'seal'>;

/** How each type is made of the configuration. Null: it needs people. */
const SEALS: Readonly<Record<SealType, (settings: Settings, randomness: Randomness) => AutomaticSeal | null>> = {
  'key-file': ({ rootKeyFile: file, dataDirectory, production }) => new KeyFileSeal({ file, dataDirectory, production }),
  passphrase: ({ seal: { passphrase } }, randomness) => {
    if (passphrase === null) throw new SealRefusal('The seal of a passphrase needs SEAL_PASSPHRASE, or SEAL_PASSPHRASE_FILE.');
    return new PassphraseSeal(passphrase, randomness);
  },
  shamir: () => null,
  transit: ({ seal: { transit } }, randomness) => {
    if (transit === null) throw new SealRefusal('The seal of a Transit server needs SEAL_TRANSIT_URL, SEAL_TRANSIT_TOKEN and SEAL_TRANSIT_KEY.');
    return new TransitSeal(transit, randomness);
  },
};

/** The seal that the process is configured with; another type where one is moved from. */
export function automaticSeal(settings: Settings, randomness: Randomness, type: SealType = settings.seal.type): AutomaticSeal | null {
  return SEALS[type](settings, randomness);
}
