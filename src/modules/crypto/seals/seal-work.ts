import { timingSafeEqual } from 'node:crypto';
import type { Config } from '#platform/config/config.js';
import type { HeldPassphrase } from '#platform/config/held-passphrase.js';
import type { Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import type { Clock } from '#platform/system/clock.js';
import type { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import type { SealRow } from '../domain/seal.js';
import type { KeyHierarchy } from '../hierarchy/key-hierarchy.js';
import type { RootRotated, RootRotation, RotationOrder } from '../hierarchy/root-rotation.js';
import type { SealRepository } from '../persistence/seal.repository.js';
import type { SealCandidate } from './automatic-seal.js';
import { automaticSeal } from './configured-seals.js';
import type { SealChange, SealChanged } from './seal-change.js';
import { SEAL_KEY_BYTES, SealKey } from './seal-key.js';
import { bindSeal, boundSeal, isKeyOf } from './seal-opening.js';
import { SealRefusal } from './seal-refusal.js';
import { combineShares, countsIn, type ShareCounts, splitSealKey } from './shamir-shares.js';
import { hexBytes, shareIn } from './share-text.js';

/** Who holds shares, as a command reaches them. What it is given and gives are texts in bytes. */
export interface ShareHolders {
  /** Lines, the command's to wipe. */
  ask(threshold: number): AsyncIterable<Buffer>;
  /** Resolves when the holders have them for certain: from here on nothing else may open the data. Wiped by the caller. */
  handOut(texts: readonly Buffer[]): Promise<void>;
  /** What was handed out last opens nothing. */
  withdraw(): Promise<void>;
}

export interface SealOrder {
  /** Of a seal of shares; null for the others. */
  readonly counts: ShareCounts | null;
  /** Where a key file replaces a key file, or a passphrase a passphrase: that of the former seal. */
  readonly formerKeyFile: string | null;
  readonly formerPassphrase: HeldPassphrase | null;
}

export interface SealRecords {
  binding(tx: Tx): Promise<void>;
  change(tx: Tx, changed: SealChanged): Promise<void>;
}

export interface SealWorkParts {
  readonly config: Pick<Config, 'rootKeyFile' | 'dataDirectory' | 'production' | 'seal'>;
  readonly seals: SealRepository;
  readonly hierarchy: KeyHierarchy;
  readonly change: SealChange;
  readonly rotation: RootRotation;
  readonly clock: Clock;
  readonly randomness: Randomness;
}

/** What only an operator does with seal and root key, by the login that owns the schema: commands call it, and no request does. */
export class SealWork {
  constructor(private readonly parts: SealWorkParts) {}

  /** A new root key, as `RootRotation`. The seal is open. */
  async rotateRootKey(units: UnitOfWork, order: RotationOrder, record: (tx: Tx, rotated: RootRotated) => Promise<void>): Promise<RootRotated> {
    return this.parts.rotation.rotate(units, order, record);
  }

  /**
   * Puts the database under the seal of the configuration: a fresh one with its first keys, one that is under another
   * seal by wrapping its root key anew. Returns the former type, null for a fresh one. Throws `SealRefusal`.
   */
  async initialise(units: UnitOfWork, order: SealOrder, holders: ShareHolders, records: SealRecords): Promise<SealChanged['from'] | null> {
    const { config: { seal: { type } }, seals, hierarchy, change, clock } = this.parts;
    const bound = await boundSeal(units, seals);
    const former = bound === null ? null : await this.formerKey(bound, order, holders);
    const made = await this.candidate(order, holders);
    try {
      if (former === null) {
        const now = await bindSeal(type, made, { units, seals, hierarchy, clock }, (tx) => records.binding(tx));
        if (!isKeyOf(now, made.key)) throw new SealRefusal('The database was put under a seal by somebody else at the same time.');
        return null;
      }
      if (timingSafeEqual(made.key.checkValue(), former.checkValue())) throw new SealRefusal('The database is under this very seal already.');
      return (await change.change(units, former, type, made, (tx, changed) => records.change(tx, changed))).from;
    } catch (error) {
      // A connection that was lost leaves in doubt what was committed, and without the shares that could be everything.
      if (!(error instanceof Fault)) await holders.withdraw();
      throw error;
    }
  }

  private async candidate({ counts }: SealOrder, holders: ShareHolders): Promise<SealCandidate> {
    const { config, randomness, clock } = this.parts;
    const automatic = automaticSeal(config, randomness, clock);
    if (automatic !== null) return automatic.begin();
    if (counts === null) throw new SealRefusal('A seal of shares needs their number and how many of them open it.');
    const bytes = randomness.bytes(SEAL_KEY_BYTES);
    const shares = await splitSealKey(bytes, counts);
    const texts = shares.map(hexBytes);
    try {
      await holders.handOut(texts);
      return { parameters: { ...counts }, key: SealKey.takeOver(bytes) };
    } finally {
      for (const secret of [bytes, ...shares, ...texts]) secret.fill(0);
    }
  }

  /** The key of the seal that the database is under. */
  private async formerKey(bound: SealRow, { formerKeyFile, formerPassphrase }: SealOrder, holders: ShareHolders): Promise<SealKey> {
    const { config, randomness, clock } = this.parts;
    const { rootKeyFile, dataDirectory, production, seal } = config;
    const former = { rootKeyFile: formerKeyFile ?? rootKeyFile, dataDirectory, production, seal: { ...seal, passphrase: formerPassphrase ?? seal.passphrase } };
    const automatic = automaticSeal(former, randomness, clock, bound.type);
    const key = automatic === null ? await keyOfShares(bound, holders) : await automatic.open(bound.parameters);
    if (key === null || !isKeyOf(bound, key)) throw new SealRefusal(automatic?.wrongKey ?? 'The shares that were given do not make the key of this database.');
    return key;
  }
}

async function keyOfShares(bound: SealRow, holders: ShareHolders): Promise<SealKey | null> {
  const threshold = countsIn(bound.parameters)?.threshold ?? 0;
  const shares: Uint8Array[] = [];
  try {
    for await (const text of holders.ask(threshold)) {
      const share = shareIn(text);
      if (share === null) throw new SealRefusal('What was given is no share: one is a line of hex or base64.');
      shares.push(new Uint8Array(share));
      share.fill(0);
      if (shares.length >= threshold) break;
    }
    return await combineShares(shares);
  } finally {
    for (const share of shares) share.fill(0);
  }
}
