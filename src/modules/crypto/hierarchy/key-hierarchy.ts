import { timingSafeEqual } from 'node:crypto';
import type { Reading, Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import type { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { CRYPTO_FAULTS } from '../domain/crypto.faults.js';
import type { SealRow } from '../domain/seal.js';
import { HOUSE_KEY_BYTES, HouseKey } from '../house-key.js';
import type { HierarchyRepository, ProjectKeyRow, RootKeyRow } from '../persistence/hierarchy.repository.js';
import type { SealKey } from '../seals/seal-key.js';
import { SealRefusal } from '../seals/seal-refusal.js';
import { WRAPPING_KEY_BYTES, WrappingKey } from './wrapping-key.js';

/** What an authentic wrapped key is bound to: its place in the hierarchy. */
export const rootKeyBinding = (version: number): string => `quantonium/root-key/v1|${version}`;
export const projectKeyBinding = (projectId: string | null, rootVersion: number): string => `quantonium/project-key/v1|${projectId ?? 'house'}|${rootVersion}`;

/** The rows that a new installation begins with, made outside the transaction that inserts them. */
export interface FirstKeys {
  readonly root: RootKeyRow;
  readonly house: Omit<ProjectKeyRow, 'project_id'>;
}

export interface CurrentRoot {
  readonly version: number;
  readonly key: WrappingKey;
}

interface Opened {
  readonly seal: WrappingKey;
  /** By which the row of the seal is recognised as that of this one. */
  readonly sealCheck: Buffer;
  /** Exchanged whole. One version but for the moment in which another replaces it. */
  roots: ReadonlyMap<number, WrappingKey>;
  /** The root key of the database was replaced under a seal that is not this one. */
  isOutdated: boolean;
}

const SYSTEM = systemPrincipal('key-hierarchy');
const OUTDATED = 'The root key of this database is under another seal than the one that this process opened. Start it again with the settings of that seal.';

const unavailable = (reason: string): Fault => new Fault(CRYPTO_FAULTS['keys-unavailable'], { cause: new BrokenHierarchy(reason) });

/** The database holds keys of a hierarchy that do not open under the key above them. The message is for the operator. */
export class BrokenHierarchy extends SealRefusal {
  override readonly name = 'BrokenHierarchy';
}

/**
 * Seal key → root key → keys of projects, the house's own among them. A new root key wraps those anew and nothing else
 * (root-rotation.ts), so this keeps the seal key at hand to follow: whoever reads this process's memory has all keys
 * that follow from it in any case.
 */
export class KeyHierarchy {
  readonly #units: UnitOfWork | null;
  readonly #rows: HierarchyRepository;
  readonly #randomness: Randomness;
  readonly #onClose: (() => void)[] = [];
  #opened: Opened | null = null;

  /** @param units of the login that this process opens its keys with; null in one that holds none. */
  constructor(units: UnitOfWork | null, rows: HierarchyRepository, randomness: Randomness) {
    this.#units = units;
    this.#rows = rows;
    this.#randomness = randomness;
  }

  /** Random keys, wrapped for a database that has none. */
  prepare(seal: SealKey): FirstKeys {
    const version = 1;
    const rootBytes = this.#randomness.bytes(WRAPPING_KEY_BYTES);
    const houseBytes = this.#randomness.bytes(HOUSE_KEY_BYTES);
    try {
      const wrappedRoot = seal.wrappingKey(this.#randomness).wrap(rootBytes, rootKeyBinding(version));
      const wrappedHouse = WrappingKey.takeOver(rootBytes, this.#randomness).wrap(houseBytes, projectKeyBinding(null, version));
      return { root: { version, wrapped_key: wrappedRoot }, house: { root_version: version, wrapped_key: wrappedHouse } };
    } finally {
      rootBytes.fill(0);
      houseBytes.fill(0);
    }
  }

  async insert(tx: Tx, { root, house }: FirstKeys, now: Date): Promise<void> {
    await this.#rows.insertRootKey(tx, root, now);
    await this.#rows.insertHouseKey(tx, house, now);
  }

  /** Opens the hierarchy; returns what the keyring follows from. Rejects with `BrokenHierarchy` where rows are missing or foreign. */
  async open(seal: SealKey): Promise<HouseKey> {
    const opened: Opened = { seal: seal.wrappingKey(this.#randomness), sealCheck: seal.checkValue(), roots: new Map(), isOutdated: false };
    const house = await this.#run(async (tx) => {
      opened.roots = this.#unwrapRoots(opened.seal, await this.#rows.rootKeys(tx));
      return this.#rows.houseKey(tx);
    });
    if (house === null) throw new BrokenHierarchy("The database knows its seal but not the house's key. Restore crypto.project_key from a backup.");
    const bytes = opened.roots.get(house.root_version)?.unwrap(house.wrapped_key, projectKeyBinding(null, house.root_version)) ?? null;
    if (bytes === null) throw new BrokenHierarchy("The house's key does not open under the root key of this database. Restore crypto.root_key and crypto.project_key from one backup.");
    this.#opened = opened;
    return HouseKey.takeOver(bytes);
  }

  /** Drops every key; what was given out before goes on working until whoever holds it lets it go. */
  close(): void {
    this.#opened = null;
    for (const listener of this.#onClose) listener();
  }

  /** For caches of what was unwrapped. */
  onClose(listener: () => void): void {
    this.#onClose.push(listener);
  }

  get isOpen(): boolean {
    return this.#opened !== null;
  }

  /** Whether the database is still under the seal that this process opened: what is wrapped for it now opens under no other. */
  isUnder({ checkValue }: SealRow): boolean {
    return timingSafeEqual(checkValue, this.#open().sealCheck);
  }

  /** Why this process cannot follow the database any more, for the operator; null while it can. */
  get impediment(): string | null {
    return this.#opened?.isOutdated === true ? OUTDATED : null;
  }

  /** The root key that wraps from now on, as far as this process knows. Throws the faults `sealed` and `keys-unavailable`. */
  current(): CurrentRoot {
    const { roots, isOutdated } = this.#open();
    const newest = [...roots].at(-1);
    if (newest === undefined || isOutdated) throw unavailable(OUTDATED);
    return { version: newest[0], key: newest[1] };
  }

  /** A new root key, and its row. */
  makeRoot(version: number): { readonly key: WrappingKey; readonly row: RootKeyRow } {
    const bytes = this.#randomness.bytes(WRAPPING_KEY_BYTES);
    try {
      const wrapped = this.#open().seal.wrap(bytes, rootKeyBinding(version));
      return { row: { version, wrapped_key: wrapped }, key: WrappingKey.takeOver(bytes, this.#randomness) };
    } finally {
      bytes.fill(0);
    }
  }

  /**
   * The bytes of a project's key, the caller's to wipe. Reads the root keys again when the row is under one that is not
   * known here. Throws the fault `keys-unavailable` for a row that does not open, which the log names.
   */
  async unwrap(row: ProjectKeyRow): Promise<Buffer> {
    if (!this.#open().roots.has(row.root_version)) await this.reload();
    const bytes = this.unwrapKnown(row);
    if (bytes === null) throw unavailable(this.impediment ?? `The key of the project ${row.project_id ?? 'house'} does not open under the root key ${row.root_version}, which its row names: it was put there by somebody else.`);
    return bytes;
  }

  /** As `unwrap`, by the root keys that are known here: inside a transaction. Null for a row that does not open. */
  unwrapKnown(row: ProjectKeyRow): Buffer | null {
    return this.#open().roots.get(row.root_version)?.unwrap(row.wrapped_key, projectKeyBinding(row.project_id, row.root_version)) ?? null;
  }

  /** After another process replaced the root key. Where none opens any more, what is at hand stays so: it opens what it did. */
  async reload(): Promise<void> {
    const opened = this.#open();
    const roots = this.#unwrapRoots(opened.seal, await this.#run((tx) => this.#rows.rootKeys(tx)));
    opened.isOutdated = roots.size === 0;
    if (!opened.isOutdated) opened.roots = roots;
  }

  /** Those that open: others are under a seal that was changed since. */
  #unwrapRoots(seal: WrappingKey, rows: readonly RootKeyRow[]): ReadonlyMap<number, WrappingKey> {
    const roots = new Map<number, WrappingKey>();
    for (const { version, wrapped_key: wrapped } of rows) {
      const bytes = seal.unwrap(wrapped, rootKeyBinding(version));
      if (bytes !== null) roots.set(version, WrappingKey.takeOver(bytes, this.#randomness));
    }
    return roots;
  }

  async #run<T>(work: (reading: Reading) => Promise<T>): Promise<T> {
    if (this.#units === null) throw new Error('a process without a login opens no keys');
    return this.#units.run(SYSTEM, work);
  }

  #open(): Opened {
    if (this.#opened === null) throw new Fault(CRYPTO_FAULTS.sealed);
    return this.#opened;
  }
}
