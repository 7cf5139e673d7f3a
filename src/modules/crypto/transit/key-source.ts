import type { KeyObject } from 'node:crypto';
import type { KeyHandle } from '../domain/key-type.js';
import type { TransitKey } from '../domain/transit-key.js';
import { refused } from './key-refusals.js';

/** What the work of one request gets of its key: from the directory, or through a port where it runs in a thread. */
export interface KeySource {
  handle(version: number): Promise<KeyHandle>;
  publicHandle(version: number): Promise<KeyHandle>;
  hmacKey(version: number): Promise<KeyObject>;
  /**
   * Takes so many encryptions under random nonces from the budget of a version; 0 is the latest. Answers with the key as
   * it is then: a latest version that is spent may have got a successor.
   */
  spend(version: number, encryptions: number): Promise<TransitKey>;
}

/** The keys of one request, each asked for once: a batch is mostly of one version. */
export class AskedOnce implements KeySource {
  readonly #asked = new Map<string, Promise<unknown>>();

  constructor(private readonly keys: KeySource) {}

  handle(version: number): Promise<KeyHandle> {
    return this.#once(`handle/${version}`, () => this.keys.handle(version));
  }

  publicHandle(version: number): Promise<KeyHandle> {
    return this.#once(`publicHandle/${version}`, () => this.keys.publicHandle(version));
  }

  hmacKey(version: number): Promise<KeyObject> {
    return this.#once(`hmacKey/${version}`, () => this.keys.hmacKey(version));
  }

  spend(version: number, encryptions: number): Promise<TransitKey> {
    return this.keys.spend(version, encryptions);
  }

  #once<T>(place: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#asked.get(place) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const asked = ask();
    this.#asked.set(place, asked);
    return asked;
  }
}

export const TOO_OLD = 'ciphertext or signature version is disallowed by policy (too old)';

type Limits = Pick<TransitKey, 'latestVersion' | 'minEncryptionVersion' | 'minDecryptionVersion'>;

/** The version that something new is made with. `what` is a noun of Vault's: `encryption`, `signing`. */
export function versionToMake(key: Limits, asked: number, what: string): number {
  if (asked === 0) return key.latestVersion;
  if (asked > key.latestVersion) throw refused(`requested version for ${what} is higher than the latest key version`);
  // What nobody could open any more is not made either.
  if (asked < Math.max(key.minEncryptionVersion, key.minDecryptionVersion)) throw refused(`requested version for ${what} is less than the minimum encryption key version`);
  return asked;
}

/** Whether what a version made may still be opened or verified; null where it may, else why not. */
export function versionRefusal(key: Limits, version: number, what: string): string | null {
  if (version > key.latestVersion) return `invalid ${what}: version is too new`;
  return version < key.minDecryptionVersion ? TOO_OLD : null;
}
