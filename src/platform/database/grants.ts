/**
 * Who may touch what in the database. Each migration file lists the grants of its module beside the tables; they are
 * applied after the migrations on every boot, by the migration login, revoke-then-grant in one transaction: a right
 * that left the list leaves the database at the next start.
 */

/** What rights are given on, as Postgres writes it after `GRANT … ON`. Always with its schema. */
export type GrantObject =
  | `SCHEMA ${string}`
  | `TABLE ${string}.${string}`
  | `SEQUENCE ${string}.${string}`
  | `FUNCTION ${string}.${string}(${string})`;

/** Postgres privilege lists (`SELECT, INSERT`, `UPDATE (state, heartbeat_at)`, `EXECUTE`, `USAGE`), a login each. */
export interface Grant {
  readonly on: GrantObject;
  /** The login that serves requests. */
  readonly app?: string;
  /** The login that sequences and signs the ledger. */
  readonly sequencer?: string;
  /** The login that runs simulations. */
  readonly worker?: string;
}

export type Grants = readonly Grant[];

/** The logins that rights are given to; the migration login owns everything and is given nothing. */
export type GrantedRole = 'app' | 'sequencer' | 'worker';
export const GRANTED_ROLES: readonly GrantedRole[] = ['app', 'sequencer', 'worker'];

export type LoginNames = Readonly<Record<GrantedRole | 'migration', string>>;

/** `"` doubled: the only character that could end a quoted identifier. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * The statements, in order. First everything that the listed schemas hold is taken from PUBLIC and from the logins
 * (column rights go with the table's; functions are executable by PUBLIC from birth), then the list is granted.
 * A login that is the owner is left alone: revoking from an owner would take the owner's own rights.
 */
export function grantStatements(grants: Grants, logins: LoginNames): readonly string[] {
  const grantees = [...new Set(GRANTED_ROLES.map((role) => logins[role]))].filter((login) => login !== logins.migration);
  const from = ['PUBLIC', ...grantees.map(quoteIdentifier)].join(', ');
  const schemas = [...new Set(grants.map(schemaOf))];
  const revokes = schemas.flatMap((schema) => [
    `REVOKE ALL ON SCHEMA ${schema} FROM ${from}`,
    ...['TABLES', 'SEQUENCES', 'ROUTINES'].map((kind) => `REVOKE ALL ON ALL ${kind} IN SCHEMA ${schema} FROM ${from}`),
  ]);
  const given = grants.flatMap((grant) =>
    GRANTED_ROLES.flatMap((role) => {
      const privileges = grant[role];
      const login = logins[role];
      if (privileges === undefined || login === logins.migration) return [];
      return [`GRANT ${privileges} ON ${grant.on} TO ${quoteIdentifier(login)}`];
    }),
  );
  return [...revokes, ...given];
}

/** The schema that an object lives in: the grants are code of ours, so a shape that is not ours is a defect. */
function schemaOf(grant: Grant): string {
  const [, kind, name] = /^(SCHEMA|TABLE|SEQUENCE|FUNCTION) ([a-z_]+)/.exec(grant.on) ?? [];
  if (kind === undefined || name === undefined) throw new Error(`not an object that rights can be given on: ${grant.on}`);
  return name;
}
