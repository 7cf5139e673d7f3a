import type { Keyring } from '#modules/crypto/index.js';
import { onCommit, type Tx, type UnitOfWork } from '#platform/database/unit-of-work.js';
import type { Clock } from '#platform/system/clock.js';
import type { Randomness } from '#platform/system/randomness.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type KeySlot, NOBODY, slotOf } from '../domain/personal-data.js';
import type { SubjectKeyRepository, SubjectKeyRow } from '../persistence/subject-key.repository.js';

type Sealer = ReturnType<Keyring['sealer']>;

export interface SubjectKey extends KeySlot {
  readonly id: string;
  readonly key: ReturnType<Sealer['makeDataKey']>['key'];
}

/** Keys that are kept at hand for sealing, and how long: an erasure by another replica is followed within it. */
const CACHED_MAX = 2_000;
const CACHED_FOR_MILLIS = 60_000;
/** Lookups of events without a transaction that may wait at once; a database that hangs must not fill the memory. */
const LOOKUPS_MAX = 10_000;

const SEALING_PURPOSE = 'audit-subject-key';
const KEEPER = systemPrincipal('subject-keys');

const bindingOf = ({ id, subject, period }: KeySlot & { readonly id: string }): string => `${id}|${subject}|${period}`;
const nameOf = ({ subject, period }: KeySlot): string => `${subject}|${period}`;

/**
 * One data key for each person and month, found or made when an entry needs it.
 *
 * In somebody's transaction a key is made in that transaction: both it and the entry that names it are committed, or
 * neither. It is remembered only after the commit, so that no later entry names a key that was rolled back. Making one
 * and erasing its subject are ordered by a lock on the subject; whoever comes second sees what the first did.
 *
 * A remembered key may outlive its row by a minute, and is let go then, whether or not somebody asks for it again. What
 * is sealed under it meanwhile is lost to everybody, which is what the erasure was for.
 */
export class SubjectKeys {
  private readonly remembered = new Map<string, { readonly key: SubjectKey; readonly untilMillis: number }>();
  private readonly lookups = new Map<string, Promise<SubjectKey | null>>();
  private expiry: NodeJS.Timeout | null = null;
  private waiting = 0;
  private readonly sealer: Sealer;

  /** @param units of the application's login; null in a process without it. */
  constructor(
    private readonly units: UnitOfWork | null,
    private readonly rows: SubjectKeyRepository,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {
    this.sealer = keyring.sealer(SEALING_PURPOSE);
  }

  /** Whether this process can keep personal data at all: it holds the login and the root key. */
  get areAvailable(): boolean {
    return this.units !== null && this.keyring.isUnsealed;
  }

  /** The subject's key for this time, made if there is none; null when the subject was erased. */
  async of(tx: Tx | null, subject: string | null, timeMillis: number): Promise<SubjectKey | null> {
    const slot = slotOf(subject, timeMillis);
    const remembered = this.remembered.get(nameOf(slot));
    if (remembered !== undefined && remembered.untilMillis > this.clock.monotonicMillis()) return remembered.key;
    if (tx === null) return this.bounded(() => this.lookup(slot));
    const [row] = await this.rows.find(tx, [slot]);
    const key = row === undefined ? await this.make(tx, slot) : this.opened(row);
    if (key !== null) onCommit(tx, () => this.remember(key));
    return key;
  }

  /** How many keys are at hand. */
  get atHand(): number {
    return this.remembered.size;
  }

  /**
   * The newest of the subject's keys, of whichever month, if there is one; else nobody's of the day: for what a stranger
   * says of an account. Costs the same statement whether there is such an account or not, and so remembers nothing.
   */
  async ofStranger(subject: string | null, timeMillis: number): Promise<SubjectKey | null> {
    const nobodys = slotOf(null, timeMillis);
    const rows = await this.bounded(() => this.units!.read(KEEPER, (reading) => this.rows.findNewest(reading, subject ?? NOBODY, nobodys)));
    const row = rows.find(({ subject: found }) => found !== NOBODY) ?? rows.find(({ period }) => period === nobodys.period);
    return row === undefined ? this.of(null, null, timeMillis) : this.opened(row);
  }

  /** Those of these that are still there, opened; never from memory. */
  async byId(ids: readonly string[]): Promise<readonly SubjectKey[]> {
    const rows = await this.units!.read(KEEPER, (reading) => this.rows.byId(reading, ids));
    return rows.map((row) => this.opened(row));
  }

  forget(subject: string): void {
    for (const [name, { key }] of this.remembered) if (key.subject === subject) this.remembered.delete(name);
  }

  /** Events of one moment ask once. */
  private lookup(slot: KeySlot): Promise<SubjectKey | null> {
    const name = nameOf(slot);
    const underWay = this.lookups.get(name);
    if (underWay !== undefined) return underWay;
    const lookup = this.findOrMake(slot).finally(() => this.lookups.delete(name));
    this.lookups.set(name, lookup);
    return lookup;
  }

  private async findOrMake(slot: KeySlot): Promise<SubjectKey | null> {
    const [row] = await this.units!.read(KEEPER, (reading) => this.rows.find(reading, [slot]));
    const key = row === undefined ? await this.units!.run(KEEPER, (tx) => this.make(tx, slot)) : this.opened(row);
    if (key !== null) this.remember(key);
    return key;
  }

  /** Thirty-two random bytes: cheap enough for a transaction. */
  private async make(tx: Tx, slot: KeySlot): Promise<SubjectKey | null> {
    const now = this.clock.now();
    const id = this.randomness.uuidv7(now.getTime());
    const { key, wrapped } = this.sealer.makeDataKey(bindingOf({ id, ...slot }));
    await this.rows.lock(tx, slot.subject);
    if (await this.rows.insert(tx, { id, ...slot, wrapped_key: wrapped }, now)) return { id, ...slot, key };
    const [other] = await this.rows.find(tx, [slot]);
    return other === undefined ? null : this.opened(other);
  }

  private opened(row: SubjectKeyRow): SubjectKey {
    const key = this.sealer.openDataKey(row.wrapped_key, bindingOf(row));
    if (key === null) throw new Error(`the subject key ${row.id} was not written under this root key`);
    return { id: row.id, subject: row.subject, period: row.period, key };
  }

  private remember(key: SubjectKey): void {
    const name = nameOf(key);
    this.remembered.delete(name);
    this.remembered.set(name, { key, untilMillis: this.clock.monotonicMillis() + CACHED_FOR_MILLIS });
    const [oldest] = this.remembered.keys();
    if (this.remembered.size > CACHED_MAX && oldest !== undefined) this.remembered.delete(oldest);
    this.expire();
  }

  /** All are remembered equally long, so those that came first go first. */
  private expire(): void {
    for (const [name, { untilMillis }] of this.remembered) {
      const restMillis = untilMillis - this.clock.monotonicMillis();
      if (restMillis > 0) {
        this.expiry ??= setTimeout(() => {
          this.expiry = null;
          this.expire();
        }, restMillis).unref();
        return;
      }
      this.remembered.delete(name);
    }
  }

  private async bounded<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting >= LOOKUPS_MAX) throw new Error(`${this.waiting} entries wait for their keys already`);
    this.waiting += 1;
    try {
      return await work();
    } finally {
      this.waiting -= 1;
    }
  }
}
