import type { Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import type { Clock } from '#platform/system/clock.js';
import type { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { CRYPTO_FAULTS } from '../domain/crypto.faults.js';
import type { SealRow, SealType } from '../domain/seal.js';
import type { KeyHierarchy } from '../hierarchy/key-hierarchy.js';
import type { HouseKey } from '../house-key.js';
import type { SealRepository } from '../persistence/seal.repository.js';
import type { AutomaticSeal } from './automatic-seal.js';
import { boundSeal, isKeyOf, openSeal, refuseOtherType } from './seal-opening.js';
import { SealUnreachable } from './seal-refusal.js';
import type { SealWork } from './seal-work.js';
import { combineShares, countsIn, SHARE_BYTES, wipe } from './shamir-shares.js';
import { ShareCollection } from './share-collection.js';
import { shareIn } from './share-text.js';

export interface SealDependencies {
  /** Of the login that this process opens its keys with; null in one that holds none: one that only works. */
  readonly units: UnitOfWork | null;
  readonly seals: SealRepository;
  readonly hierarchy: KeyHierarchy;
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** Null: it takes shares that people give. */
  readonly automatic: AutomaticSeal | null;
  readonly work: SealWork;
}

export interface SealStatus {
  readonly type: SealType;
  readonly isInitialised: boolean;
  readonly isSealed: boolean;
  /** Of shares: how many open it, how many there are, how many were given. Zero for a seal that knows no shares. */
  readonly threshold: number;
  readonly shares: number;
  readonly progress: number;
  readonly nonce: string;
}

/** What is done with the keys once the seal is open, before the process counts as unsealed. */
export type Unsealing = (house: HouseKey) => Promise<void>;
export type RecordBinding = (tx: Tx) => Promise<void>;

/**
 * Called once for each attempt that was not refused, before anything is changed by it: when it rejects, nothing is.
 * `unmatched` is an attempt that was completed and failed; what it changes is that all shares are forgotten.
 */
export type RecordAttempt = (attempt: 'given' | 'completed' | 'unmatched' | 'ignored' | 'reset') => Promise<unknown>;

export const UNRECORDED_ATTEMPT: RecordAttempt = () => Promise.resolve();

/** What was read of the database may be this old: probes and attempts must not become statements. */
const STATUS_MILLIS_MAX = 1_000;

const refused = (detail: string): Fault => new Fault(CRYPTO_FAULTS['unseal-refused'], { detail });

/**
 * The seal of this process, as its configuration says: open with the process, or closed until people have given enough
 * shares or the server that holds its key answers again. Each replica is unsealed by itself, since the key is in no
 * place but the memory of those that are.
 */
export class Seal {
  readonly #deps: SealDependencies;
  readonly #given: ShareCollection;
  #isSealed = false;
  #unsealing: Unsealing | null = null;
  #onClose: (() => void) | null = null;
  #bound: { readonly row: Promise<SealRow | null>; readonly atMillis: number } | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(deps: SealDependencies) {
    this.#deps = deps;
    this.#given = new ShareCollection(deps.clock, deps.randomness);
  }

  /** Whether every request is refused: the process has no keys yet, or has none any more. */
  get isSealed(): boolean {
    return this.#isSealed;
  }

  /** For commands. */
  get work(): SealWork {
    return this.#deps.work;
  }

  /** Whether it opens by itself once what it needs can be reached. */
  get opensByItself(): boolean {
    return this.#deps.automatic !== null;
  }

  /**
   * At the start. The key that the keyring follows from; null in a process that holds no key, and in one that is sealed
   * from now on. `recordBinding` shares the transaction that puts a new database under its seal. Rejects with
   * `SealRefusal`, whose message is for the operator.
   */
  async open(recordBinding: RecordBinding): Promise<HouseKey | null> {
    const { units, seals, automatic } = this.#deps;
    if (units === null) return null;
    if (automatic === null) {
      const bound = await boundSeal(units, seals);
      if (bound !== null) refuseOtherType(bound, 'shamir');
      this.#isSealed = true;
      return null;
    }
    try {
      return await this.#openBy(units, automatic, recordBinding);
    } catch (error) {
      if (!(error instanceof SealUnreachable)) throw error;
      this.#isSealed = true;
      return null;
    }
  }

  /** Says what makes the process work once it is opened later, which is unsealed when that is done; and what stops its work when it is closed. */
  whenChanged(unsealing: Unsealing, onClose: () => void): void {
    this.#unsealing = unsealing;
    this.#onClose = onClose;
  }

  /** Another try of a seal that opens by itself; rejects as `open` does, and with `SealUnreachable`. */
  async retry(recordBinding: RecordBinding): Promise<void> {
    const { units, automatic } = this.#deps;
    if (units === null || automatic === null || !this.#isSealed) return;
    await this.#unsealed(await this.#openBy(units, automatic, recordBinding));
  }

  /** So that the next start can open it by itself too. Rejects where what it opens by could not be kept alive. */
  async upkeep(): Promise<void> {
    await this.#deps.automatic?.upkeep?.();
  }

  async status(): Promise<SealStatus> {
    const bound = this.#deps.units === null ? null : await this.#boundNow();
    const counts = bound === null ? null : countsIn(bound.parameters);
    return {
      type: bound?.type ?? this.#deps.automatic?.type ?? 'shamir',
      isInitialised: bound !== null,
      isSealed: this.#isSealed,
      threshold: counts?.threshold ?? 0,
      shares: counts?.shares ?? 0,
      progress: this.#given.count,
      nonce: this.#given.nonce,
    };
  }

  /**
   * One share, taken over and wiped. The last that is needed opens the seal and waits until the process works. Throws
   * `unseal-refused` for what cannot be taken, unrecorded and with nothing changed; and, recorded, when the shares that
   * were given do not make the key: all are forgotten then, since nobody can tell which was wrong.
   */
  async give(share: Buffer, record: RecordAttempt): Promise<SealStatus> {
    return this.#inTurn(() => this.#take(share, record));
  }

  /** As `give`, by its text in hex or base 64, the caller's to wipe. For commands, whose deed is recorded as theirs. */
  async giveText(text: Uint8Array): Promise<SealStatus> {
    const share = shareIn(text);
    if (share === null) throw refused('what was given is no share: one is a line of hex or base64');
    return this.give(share, UNRECORDED_ATTEMPT);
  }

  /** Forgets the shares that were given. */
  async reset(record: RecordAttempt): Promise<SealStatus> {
    return this.#inTurn(async () => {
      await record('reset');
      this.#given.clear();
    });
  }

  /** Drops every key of this process. Whoever calls has recorded it: afterwards there is nothing to seal an entry with. */
  close(): void {
    if (this.#deps.units === null) return;
    this.#isSealed = true;
    this.#given.clear();
    this.#onClose?.();
    this.#deps.hierarchy.close();
  }

  /** One after the other: two last shares at once would open it twice. */
  async #inTurn(work: () => Promise<void>): Promise<SealStatus> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    await turn;
    return this.status();
  }

  async #take(share: Buffer, record: RecordAttempt): Promise<void> {
    try {
      if (!this.#isSealed) return void (await record('ignored'));
      const { bound, threshold } = await this.#taking(share);
      const together = this.#given.copiesWith(share);
      if (together.length >= threshold) return await this.#combine(bound, together, record);
      wipe(together);
      await record('given');
      this.#given.add(new Uint8Array(share));
    } finally {
      share.fill(0);
    }
  }

  /** The seal that takes this share, which is seen without a change to anything. */
  async #taking(share: Buffer): Promise<{ readonly bound: SealRow; readonly threshold: number }> {
    const bound = await this.#boundNow();
    if (bound === null) throw refused('server is not yet initialized');
    const counts = countsIn(bound.parameters);
    if (bound.type !== 'shamir' || counts === null) throw refused(`the seal ${bound.type} takes no shares: it opens when the process starts`);
    if (share.length !== SHARE_BYTES || share.at(-1) === 0) throw refused(`a share has ${SHARE_BYTES} bytes`);
    return { bound, threshold: counts.threshold };
  }

  /** Whether they make the key is known before the attempt is recorded, and what follows from it is done after. */
  async #combine(bound: SealRow, together: readonly Uint8Array[], record: RecordAttempt): Promise<void> {
    const key = await combineShares(together);
    const isKey = key !== null && isKeyOf(bound, key);
    await record(isKey ? 'completed' : 'unmatched');
    this.#given.clear();
    if (!isKey) throw refused('the shares do not make the key of this server; none of them is kept');
    await this.#unsealed(await this.#deps.hierarchy.open(key));
  }

  async #unsealed(house: HouseKey): Promise<void> {
    if (this.#unsealing === null) throw new Error('nobody said what is to be done with the keys');
    await this.#unsealing(house);
    this.#isSealed = false;
  }

  async #openBy(units: UnitOfWork, automatic: AutomaticSeal, recordBinding: RecordBinding): Promise<HouseKey> {
    const { seals, hierarchy, clock } = this.#deps;
    const house = await openSeal(automatic, { units, seals, hierarchy, clock }, recordBinding);
    automatic.forget?.();
    return house;
  }

  /** One read a second, joined by whoever asks meanwhile, and its failure told to them all: strangers ask here, and are not counted. */
  #boundNow(): Promise<SealRow | null> {
    const now = this.#deps.clock.monotonicMillis();
    if (this.#bound === null || now - this.#bound.atMillis > STATUS_MILLIS_MAX) {
      this.#bound = { row: boundSeal(this.#deps.units!, this.#deps.seals), atMillis: now };
    }
    return this.#bound.row;
  }
}
