import type { Randomness } from '#platform/system/randomness.js';
import type { KeyMaterial, KeyTypeName } from '../domain/key-type.js';
import type { WrappedTransitVersion } from '../domain/transit-key.js';
import type { KeyType } from '../primitives/key-types.js';
import type { HeavyWork } from './heavy-work.js';
import { type KeyIdentity, type ProjectWrapping, type VersionSecrets, wrapVersion } from './version-wrapping.js';

/** Every version has its own key for message authentication codes, whatever it is for. */
const HMAC_KEY_BYTES = 32;

/**
 * A version before it has a number: made outside of any transaction, wrapped inside, as often as that is tried, since
 * only there it is known which version it will be. Whoever holds it wipes it.
 */
export class NewVersion {
  readonly #project: ProjectWrapping;
  readonly #secrets: VersionSecrets;

  constructor(project: ProjectWrapping, secrets: VersionSecrets) {
    this.#project = project;
    this.#secrets = secrets;
  }

  /** How long the secret is; null where there is only a public key. */
  get secretBytes(): number | null {
    return this.#secrets.secret?.length ?? null;
  }

  /** A few microseconds of AES: no reason to be outside of a transaction. */
  rowFor(key: KeyIdentity, version: number, createdAt: Date, encryptionsReserved = 0): WrappedTransitVersion {
    return { ...wrapVersion(this.#project, key, version, this.#secrets), encryptionsReserved, createdAt };
  }

  wipe(): void {
    this.#secrets.secret?.fill(0);
    this.#secrets.hmacKey.fill(0);
  }
}

export class VersionMaker {
  constructor(
    private readonly projectKeys: { of(projectId: string): Promise<ProjectWrapping> },
    private readonly types: Readonly<Record<KeyTypeName, KeyType>>,
    private readonly randomness: Randomness,
    private readonly work: HeavyWork,
  ) {}

  async generate(projectId: string, type: KeyTypeName, keyBytes: number | null): Promise<NewVersion> {
    const project = await this.projectKeys.of(projectId);
    const material = await this.work.generate(projectId, type, () => this.types[type].generate(this.randomness, keyBytes ?? undefined));
    return this.#with(project, material);
  }

  /** Of a key from elsewhere. Takes the material over. */
  async of(projectId: string, material: Omit<KeyMaterial, 'secret'> & { readonly secret: Buffer | null }): Promise<NewVersion> {
    try {
      return this.#with(await this.projectKeys.of(projectId), material);
    } catch (error) {
      material.secret?.fill(0);
      throw error;
    }
  }

  #with(project: ProjectWrapping, { secret, publicKey }: Pick<VersionSecrets, 'secret' | 'publicKey'>): NewVersion {
    return new NewVersion(project, { secret, publicKey, hmacKey: this.randomness.bytes(HMAC_KEY_BYTES) });
  }
}

/** Gives the version to `work` and wipes it after, however that ends. */
export async function withVersion<T>(made: Promise<NewVersion>, work: (version: NewVersion) => Promise<T>): Promise<T> {
  const version = await made;
  try {
    return await work(version);
  } finally {
    version.wipe();
  }
}
