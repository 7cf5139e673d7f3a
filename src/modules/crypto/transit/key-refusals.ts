import { Fault } from '#pure/fault/fault.js';
import { CRYPTO_FAULTS } from '../domain/crypto.faults.js';
import { SOFT_DELETED } from '../domain/key-settings.js';
import type { TransitKey } from '../domain/transit-key.js';

export function refused(detail: string): Fault {
  return new Fault(CRYPTO_FAULTS['transit-refused'], { detail });
}

export function unknown(detail: string): Fault {
  return new Fault(CRYPTO_FAULTS['transit-key-unknown'], { detail });
}

/** For what comes as a value or as the reason why there is none. */
export function orRefuse<T>(outcome: T | string): T {
  if (typeof outcome === 'string') throw refused(outcome);
  return outcome;
}

export function refuseSoftDeleted(key: TransitKey): void {
  if (key.softDeleted) throw refused(SOFT_DELETED);
}
