import type { ProcessRole } from './config.js';
import type { Values } from './variables.js';

/**
 * Which logins of an external database a process must be given: those that its roles work with, and no other, so that
 * taking a process over yields no password of another duty. Who migrates gives every login its rights, and so must
 * know all their names; a URL without a password is enough for that.
 */
const LOGIN_OF_ROLE = { api: 'DATABASE_URL', ledger: 'DATABASE_SEQUENCER_URL', worker: 'DATABASE_WORKER_URL' } as const satisfies Readonly<Record<ProcessRole, string>>;
const ALL_LOGINS = ['DATABASE_URL', 'DATABASE_SEQUENCER_URL', 'DATABASE_WORKER_URL', 'DATABASE_MIGRATION_URL'] as const;

type LoginVariable = (typeof ALL_LOGINS)[number];

/** None is given: the embedded Postgres, which has its four logins by itself. */
export function isEmbedded(values: Values): boolean {
  return ALL_LOGINS.every((name) => values[name] === null);
}

/** A login that is missing, whatever the environment: nothing stands in for it. */
export function missingLogins(values: Values): string[] {
  if (isEmbedded(values) || values.DATABASE_URL !== null) return [];
  const lacking = wanted(values).filter((name) => values[name] === null);
  if (lacking.length === 0) return [];
  const given = ALL_LOGINS.filter((name) => values[name] !== null);
  return [`${given.join(', ')} is given without DATABASE_URL${withoutApplication(lacking)}`];
}

function withoutApplication(lacking: readonly LoginVariable[]): string {
  const others = lacking.filter((name) => name !== 'DATABASE_URL');
  return others.length === 0 ? ', which this process needs as well' : `, which would stand in for ${others.join(' and ')}`;
}

/** Production: a login of its own for each duty. One for several would let whoever takes the API over rewrite the ledger. */
export function sharedLogins(values: Values): string[] {
  if (isEmbedded(values)) return [];
  const needed = wanted(values);
  const lacking = needed.filter((name) => values[name] === null && name !== 'DATABASE_URL');
  if (lacking.length > 0) return [`${lacking.join(', ')} must be given in production, where no login does two duties${values.DATABASE_MIGRATION_URL === null ? '' : ' (without a password, where only its rights are to be set)'}`];
  const given = needed.flatMap((name) => (values[name] === null ? [] : [new URL(values[name]).username]));
  return new Set(given).size === given.length ? [] : [`${needed.join(', ')} must name different logins in production`];
}

function wanted(values: Values): readonly LoginVariable[] {
  if (values.DATABASE_MIGRATION_URL !== null) return ALL_LOGINS;
  return [...(values.QUANTONIUM_ROLES ?? [])].map((role) => LOGIN_OF_ROLE[role]);
}
