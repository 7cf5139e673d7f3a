import type { UnitOfWork } from '#platform/database/unit-of-work.js';
import { databaseCode } from '#platform/database/database-faults.js';
import type { Clock } from '#platform/system/clock.js';
import type { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { CRYPTO_FAULTS } from '../domain/crypto.faults.js';
import type { HierarchyRepository, ProjectKeyRow } from '../persistence/hierarchy.repository.js';
import { type KeyHierarchy, projectKeyBinding } from './key-hierarchy.js';
import { WRAPPING_KEY_BYTES, WrappingKey } from './wrapping-key.js';

/** Wraps the secrets of a project's keys. `associatedData` names all that the secret belongs to: project, key, version, type. */
export interface ProjectKey {
  /** 28 bytes longer than the secret, which stays the caller's to wipe. */
  wrap(secret: Uint8Array, associatedData: string): Buffer;
  /** Null for what was not wrapped by this project's key with this associated data; never throws. The caller wipes the bytes. */
  unwrap(wrapped: Uint8Array, associatedData: string): Buffer | null;
}

/** Unwrapped keys at hand, and how long: a project that nobody works in does not keep its key in memory. */
const CACHED_MAX = 1_000;
const CACHED_FOR_MILLIS = 10 * 60_000;

/** SQLSTATE foreign_key_violation: of the root key that wrapped it, or of the project. */
const REFERENCE_REFUSED = '23503';

const SYSTEM = systemPrincipal('project-keys');

/**
 * One key a project, made when it is first wanted; all keys of the project are wrapped under it. Never to be asked
 * inside a transaction: it has its own.
 *
 * Of two replicas that make one project's key, the row of one stays and both use it. A new root key does not touch what
 * is cached here: a project's key is the same under any of them.
 */
export class ProjectKeys {
  readonly #units: UnitOfWork;
  readonly #rows: HierarchyRepository;
  readonly #hierarchy: KeyHierarchy;
  readonly #clock: Clock;
  readonly #randomness: Randomness;
  readonly #known = new Map<string, { readonly key: WrappingKey; readonly untilMillis: number }>();
  readonly #lookups = new Map<string, Promise<ProjectKey>>();
  #expiry: NodeJS.Timeout | null = null;

  constructor(units: UnitOfWork, rows: HierarchyRepository, hierarchy: KeyHierarchy, clock: Clock, randomness: Randomness) {
    this.#units = units;
    this.#rows = rows;
    this.#hierarchy = hierarchy;
    this.#clock = clock;
    this.#randomness = randomness;
    hierarchy.onClose(() => this.#forgetAll());
  }

  /** Throws the fault `sealed` while the process is. */
  async of(projectId: string): Promise<ProjectKey> {
    if (!this.#hierarchy.isOpen) throw new Fault(CRYPTO_FAULTS.sealed);
    const known = this.#known.get(projectId);
    if (known !== undefined && known.untilMillis > this.#clock.monotonicMillis()) return known.key;
    const underWay = this.#lookups.get(projectId);
    if (underWay !== undefined) return underWay;
    const lookup: Promise<ProjectKey> = this.#findOrMake(projectId).finally(() => {
      if (this.#lookups.get(projectId) === lookup) this.#lookups.delete(projectId);
    });
    this.#lookups.set(projectId, lookup);
    return lookup;
  }

  /** How many keys are at hand. */
  get atHand(): number {
    return this.#known.size;
  }

  async #findOrMake(projectId: string): Promise<ProjectKey> {
    const row = (await this.#units.read(SYSTEM, (reading) => this.#rows.projectKey(reading, projectId))) ?? (await this.#make(projectId));
    const key = WrappingKey.takeOver(await this.#hierarchy.unwrap(row), this.#randomness);
    this.#remember(projectId, key);
    return key;
  }

  /** The row that is there afterwards: this one's or that of whoever was first. */
  async #make(projectId: string): Promise<ProjectKeyRow> {
    const bytes = this.#randomness.bytes(WRAPPING_KEY_BYTES);
    try {
      return await this.#insert(projectId, bytes).catch(async (error: unknown) => {
        if (databaseCode(error) !== REFERENCE_REFUSED) throw error;
        // The root key has been replaced since it was read; should it be the project that is not there, the second try says so.
        await this.#hierarchy.reload();
        return this.#insert(projectId, bytes);
      });
    } finally {
      bytes.fill(0);
    }
  }

  async #insert(projectId: string, bytes: Buffer): Promise<ProjectKeyRow> {
    const { version, key } = this.#hierarchy.current();
    const made = { project_id: projectId, root_version: version, wrapped_key: key.wrap(bytes, projectKeyBinding(projectId, version)) };
    return this.#units.run(SYSTEM, async (tx) => {
      await this.#rows.insertProjectKey(tx, made, this.#clock.now());
      // A statement of its own, so it sees what the insert may have waited for.
      return (await this.#rows.projectKey(tx, projectId))!;
    });
  }

  #remember(projectId: string, key: WrappingKey): void {
    // Sealed while it was looked up: it must not stay behind.
    if (!this.#hierarchy.isOpen) throw new Fault(CRYPTO_FAULTS.sealed);
    this.#known.delete(projectId);
    this.#known.set(projectId, { key, untilMillis: this.#clock.monotonicMillis() + CACHED_FOR_MILLIS });
    const [oldest] = this.#known.keys();
    if (this.#known.size > CACHED_MAX && oldest !== undefined) this.#known.delete(oldest);
    this.#expire();
  }

  /** All are remembered equally long, so those that came first go first, whether or not somebody asks for them again. */
  #expire(): void {
    for (const [projectId, { untilMillis }] of this.#known) {
      const restMillis = untilMillis - this.#clock.monotonicMillis();
      if (restMillis > 0) {
        this.#expiry ??= setTimeout(() => {
          this.#expiry = null;
          this.#expire();
        }, restMillis).unref();
        return;
      }
      this.#known.delete(projectId);
    }
  }

  #forgetAll(): void {
    this.#known.clear();
    this.#lookups.clear();
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    this.#expiry = null;
  }
}
