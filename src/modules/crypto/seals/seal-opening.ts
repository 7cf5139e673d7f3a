import { timingSafeEqual } from 'node:crypto';
import { systemPrincipal } from '#pure/principal/principal.js';
import type { Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import type { Clock } from '#platform/system/clock.js';
import type { SealRow, SealType } from '../domain/seal.js';
import type { KeyHierarchy } from '../hierarchy/key-hierarchy.js';
import type { HouseKey } from '../house-key.js';
import type { SealRepository } from '../persistence/seal.repository.js';
import type { AutomaticSeal, SealCandidate } from './automatic-seal.js';
import type { SealKey } from './seal-key.js';
import { SealRefusal } from './seal-refusal.js';

export interface SealOpening {
  readonly units: UnitOfWork;
  readonly seals: SealRepository;
  readonly hierarchy: KeyHierarchy;
  readonly clock: Clock;
}

const SYSTEM = systemPrincipal('seal');

/** The seal that the database is under; null in a fresh one. Refuses one whose keys have lost theirs. */
export async function boundSeal(units: UnitOfWork, seals: SealRepository): Promise<SealRow | null> {
  const { bound, hasKeys } = await units.run(SYSTEM, async (tx) => {
    // In this order: both come with one commit, which may fall between the two statements.
    const hasKeys = await seals.hasKeys(tx);
    return { hasKeys, bound: await seals.find(tx) };
  });
  if (bound === null && hasKeys) {
    throw new SealRefusal('The database has wrapped keys but not the value by which it recognises their seal. Restore crypto.seal from a backup.');
  }
  return bound;
}

/**
 * Opens the hierarchy of keys of this database, or refuses to start. Where the database is under no seal yet it is put
 * under this one: seal, root key and house key in one transaction, in which `recordBinding` runs too. Of replicas that
 * begin at once one does, and the others open what it began with.
 */
export async function openSeal(seal: AutomaticSeal, opening: SealOpening, recordBinding: (tx: Tx) => Promise<void>): Promise<HouseKey> {
  const bound = (await boundSeal(opening.units, opening.seals)) ?? (await begin(seal, opening, recordBinding));
  refuseOtherType(bound, seal.type);
  const key = await seal.open(bound.parameters);
  if (!isKeyOf(bound, key)) throw new SealRefusal(seal.wrongKey);
  return opening.hierarchy.open(key);
}

async function begin(seal: AutomaticSeal, opening: SealOpening, recordBinding: (tx: Tx) => Promise<void>): Promise<SealRow> {
  return bindSeal(seal.type, await seal.begin(), opening, recordBinding);
}

/** Puts a database that is under no seal under this one, with the first keys below it; returns under which it is now. */
export async function bindSeal(type: SealType, { key, parameters }: SealCandidate, { units, seals, hierarchy, clock }: SealOpening, recordBinding: (tx: Tx) => Promise<void>): Promise<SealRow> {
  const first = hierarchy.prepare(key);
  return units.run(SYSTEM, async (tx) => {
    const { seal: bound, isNew } = await seals.bind(tx, type, parameters, key.checkValue());
    if (isNew) {
      await hierarchy.insert(tx, first, clock.now());
      await recordBinding(tx);
    }
    return bound;
  });
}

export function refuseOtherType(bound: SealRow, type: SealType): void {
  if (bound.type === type) return;
  throw new SealRefusal(`This database is under the seal ${bound.type}, and SEAL says ${type}. Set SEAL=${bound.type}, or move it: npm run init-seal.`);
}

/** In constant time. */
export function isKeyOf(bound: SealRow, key: SealKey): boolean {
  return timingSafeEqual(key.checkValue(), bound.checkValue);
}
