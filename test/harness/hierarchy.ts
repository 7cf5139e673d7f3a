import type { HouseKey } from '#modules/crypto/index.js';
import type { Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { SystemClock } from '#platform/system/clock.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { KeyHierarchy } from '../../src/modules/crypto/hierarchy/key-hierarchy.js';
import { HierarchyRepository } from '../../src/modules/crypto/persistence/hierarchy.repository.js';
import { SealRepository } from '../../src/modules/crypto/persistence/seal.repository.js';
import type { AutomaticSeal } from '../../src/modules/crypto/seals/automatic-seal.js';
import { openSeal, type SealOpening } from '../../src/modules/crypto/seals/seal-opening.js';
import { SealKey } from '../../src/modules/crypto/seals/seal-key.js';

/** What one replica opens its keys with, by a login of a test database. */
export function sealOpening(units: UnitOfWork): SealOpening {
  return { units, seals: new SealRepository(), hierarchy: new KeyHierarchy(units, new HierarchyRepository(), new SystemRandomness()), clock: new SystemClock() };
}

/** A seal whose key is a byte, thirty-two times over. */
export function testSeal(byte: number): AutomaticSeal {
  const key = (): SealKey => SealKey.takeOver(Buffer.alloc(32, byte));
  return { type: 'key-file', wrongKey: `not ${byte}`, begin: async () => ({ key: key(), parameters: {} }), open: async () => key() };
}

/** The hierarchy of one replica, open: under the seal of this byte, which a fresh database is put under. */
export async function openHierarchy(units: UnitOfWork, byte = 5, recordBinding: (tx: Tx) => Promise<void> = () => Promise.resolve()): Promise<{ readonly hierarchy: KeyHierarchy; readonly house: HouseKey }> {
  const opening = sealOpening(units);
  return { hierarchy: opening.hierarchy, house: await openSeal(testSeal(byte), opening, recordBinding) };
}
