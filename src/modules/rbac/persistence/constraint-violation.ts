import { QueryFailedError } from 'typeorm';

/** SQLSTATE class 23, as far as a request can cause it. ON DELETE RESTRICT has a code of its own from Postgres 18 on. */
const VIOLATIONS = { '23001': 'foreign-key', '23503': 'foreign-key', '23505': 'unique' } as const;

/** Which constraint refused the statement, or null when it failed for another reason. The transaction is lost either way. */
export function violatedConstraint(error: unknown): { readonly kind: 'foreign-key' | 'unique'; readonly constraint: string } | null {
  if (!(error instanceof QueryFailedError)) return null;
  const { code, constraint } = error.driverError as { code?: string; constraint?: string };
  if (code === undefined || !Object.hasOwn(VIOLATIONS, code)) return null;
  return { kind: VIOLATIONS[code as keyof typeof VIOLATIONS], constraint: constraint ?? '' };
}
