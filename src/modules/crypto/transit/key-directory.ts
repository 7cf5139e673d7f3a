import type { KeyObject } from 'node:crypto';
import type { UnitOfWork } from '#platform/database/unit-of-work.js';
import type { Clock } from '#platform/system/clock.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import type { KeyHandle, KeyTypeName } from '../domain/key-type.js';
import type { TransitKey } from '../domain/transit-key.js';
import type { KeyAsOf, TransitKeyRepository } from '../persistence/transit-key.repository.js';
import type { TransitVersionRepository } from '../persistence/transit-version.repository.js';
import { BoundedCache } from './bounded-cache.js';
import { refused } from './key-refusals.js';
import { type MaterialOpener, type OpenedVersion, openVersion, type ProjectWrapping } from './version-wrapping.js';

export interface KeyDirectoryDependencies {
  readonly uow: Pick<UnitOfWork, 'read'>;
  readonly keys: Pick<TransitKeyRepository, 'findAsOf'>;
  readonly versions: Pick<TransitVersionRepository, 'find'>;
  /** Refuses with the fault `sealed` while this process is. */
  readonly projectKeys: { of(projectId: string): Promise<ProjectWrapping> };
  readonly types: Readonly<Record<KeyTypeName, MaterialOpener>>;
  readonly clock: Clock;
}

/** Settings are about 1 KiB; handles of RSA and ML-DSA keys up to some 10 KiB inside OpenSSL: 100 MiB at the very worst. */
const KEYS_MAX = 10_000;
export const VERSIONS_MAX = 10_000;
/** Settings are as exact as the counter; their life only bounds what nobody asks for. */
const SETTINGS_LIFE_MILLIS = 10 * 60_000;
/** How long a secret that nobody uses any more may still be in memory. */
const HANDLE_LIFE_MILLIS = 10 * 60_000;

const READER = systemPrincipal('key-directory');

/**
 * Keys as requests need them: settings, and handles of versions, without a query where nothing has changed.
 *
 * What is cached of a key is used by a request only if it was read at a version of all keys that is not older than the
 * one that the request's own security lookup saw. Every change of a key moves that version in its transaction, so what
 * was changed before a request arrived holds for it, on every replica. Versions of keys never change: their handles only
 * have to be reached through settings that are exact.
 */
export class KeyDirectory {
  readonly #deps: KeyDirectoryDependencies;
  readonly #settings = new BoundedCache<KeyAsOf & { readonly key: TransitKey }>(KEYS_MAX, SETTINGS_LIFE_MILLIS);
  readonly #opened = new BoundedCache<OpenedVersion>(VERSIONS_MAX, HANDLE_LIFE_MILLIS);
  readonly #finding = new Map<string, Promise<KeyAsOf>>();
  readonly #opening = new Map<string, Promise<OpenedVersion>>();
  /** Counts how often everything was forgotten: what was begun before is not kept. */
  #generation = 0;

  constructor(deps: KeyDirectoryDependencies) {
    this.#deps = deps;
  }

  /** The key as it is now for this request, those that are out of use (`softDeleted`) too; null when there is none. */
  async find(principal: Principal, projectId: string, name: string): Promise<TransitKey | null> {
    const place = `${projectId}/${name}`;
    const known = this.#settings.get(place, this.#now());
    if (known !== undefined && known.asOf >= principal.transitVersion) return known.key;
    const joined = await this.#finding.get(place)?.catch(() => undefined);
    if (joined !== undefined && joined.asOf >= principal.transitVersion) return joined.key;
    // What was in flight may have read before this request's lookup did; what begins now has not.
    const fresh = this.#finding.get(place) ?? this.#begin(this.#finding, place, () => this.#load(place, projectId, name));
    return (await fresh).key;
  }

  /** The secret of a version, or the refusal of one that has none: only its public key was imported. */
  async handle(key: TransitKey, version: number): Promise<KeyHandle> {
    const { secret } = this.#known(key, version) ?? (await this.#open(key, version));
    if (secret === null) throw refused('requested version does not contain a private part');
    return secret;
  }

  /** The public key of a version; refused for a symmetric key. */
  async publicHandle(key: TransitKey, version: number): Promise<KeyHandle> {
    const { public: handle } = this.#known(key, version) ?? (await this.#open(key, version));
    if (handle === null) throw refused('requested version does not contain a public part');
    return handle;
  }

  /** The version's own 256-bit key for message authentication codes, whatever its type. */
  async hmacKey(key: TransitKey, version: number): Promise<KeyObject> {
    return (this.#known(key, version) ?? (await this.#open(key, version))).hmac;
  }

  /** When this process is sealed: no secret is reached any more, nor kept by what is still opening one. */
  forgetAll(): void {
    this.#generation += 1;
    this.#settings.clear();
    this.#opened.clear();
    this.#finding.clear();
    this.#opening.clear();
  }

  /** A key that was destroyed. On other replicas its handles are out of reach at once, and gone when their time is over. */
  forget(key: Pick<TransitKey, 'id' | 'latestVersion' | 'minAvailableVersion'>, below = key.latestVersion + 1): void {
    for (let version = Math.max(key.minAvailableVersion, 1); version < below; version += 1) this.#opened.delete(`${key.id}/${version}`);
  }

  dropExpired(): void {
    this.#settings.dropExpired(this.#now());
    this.#opened.dropExpired(this.#now());
  }

  get keptVersions(): number {
    return this.#opened.size;
  }

  #now(): number {
    return this.#deps.clock.monotonicMillis();
  }

  #known(key: TransitKey, version: number): OpenedVersion | undefined {
    return this.#opened.get(`${key.id}/${version}`, this.#now());
  }

  #open(key: TransitKey, version: number): Promise<OpenedVersion> {
    const place = `${key.id}/${version}`;
    return this.#opening.get(place) ?? this.#begin(this.#opening, place, () => this.#unwrap(place, key, version));
  }

  /** One load at a time and place, joined by whoever comes meanwhile. */
  #begin<T>(running: Map<string, Promise<T>>, place: string, load: () => Promise<T>): Promise<T> {
    const loading = load().finally(() => {
      if (running.get(place) === loading) running.delete(place);
    });
    running.set(place, loading);
    return loading;
  }

  async #load(place: string, projectId: string, name: string): Promise<KeyAsOf> {
    const { uow, keys } = this.#deps;
    const generation = this.#generation;
    const { asOf, key } = await uow.read(READER, (reading) => keys.findAsOf(reading, projectId, name));
    if (generation !== this.#generation) return { asOf, key };
    // A name that no key has takes no place: whoever asks for names at random would push the others out.
    if (key === null) this.#settings.delete(place);
    else this.#settings.set(place, { asOf, key }, this.#now());
    return { asOf, key };
  }

  async #unwrap(place: string, key: TransitKey, version: number): Promise<OpenedVersion> {
    const { uow, versions, projectKeys, types } = this.#deps;
    const generation = this.#generation;
    const project = await projectKeys.of(key.projectId);
    const row = await uow.read(READER, (reading) => versions.find(reading, key.id, version));
    if (row === null) throw refused('version does not exist or cannot be found');
    const opened = openVersion(project, key, row, types[key.type]);
    if (generation === this.#generation) this.#opened.set(place, opened, this.#now());
    return opened;
  }
}
