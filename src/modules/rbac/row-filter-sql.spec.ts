import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { SystemRandomness } from '#platform/system/randomness.js';
import type { Attributes, Circumstances } from '#pure/policy/facts.js';
import { filterSql, rowColumns } from '#pure/policy/filter-sql.js';
import { type RowFilter, shows } from '#pure/policy/row-filter.js';
import { attributes, circumstances, conditions, SCHEMA } from '../../../test/harness/conditions.js';
import { openTestDatabase, type TestDatabase } from '../../../test/harness/postgres.js';
import type { HeldRole } from './domain/role-binding.js';
import type { Rule } from './domain/rule.js';
import { type Part, SubjectPolicy } from './subject-policy.js';

const RED = '01981b7e-0000-7000-8000-00000000000a';
const BLUE = '01981b7e-0000-7000-8000-00000000000b';
const SEED = new SystemRandomness().bytes(4).readInt32BE();
const ROWS = 60;
const COLUMNS = rowColumns(SCHEMA, 'project_id', { name: 'name', size: 'size', isOpen: 'is_open', madeAt: 'made_at', source: 'source' });

interface Row {
  readonly id: number;
  readonly projectId: string | null;
  readonly known: Attributes;
}

/** Who asks for a list, with which roles. */
interface Asker {
  readonly held: readonly HeldRole[];
  readonly asking: Circumstances;
  readonly part: Part;
  /** The token's project. */
  readonly only: string | null;
}

const sometimes = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const rule = fc
  .tuple(
    fc.constantFrom<Rule['effect']>('allow', 'allow', 'deny'),
    fc.constantFrom('things', 'things', '*', 'others'),
    fc.constantFrom(['read'], ['*'], ['write'], ['read', 'write']),
    sometimes(fc.constantFrom(['name'], ['size', 'name'])),
    sometimes(conditions({ wrong: true })),
    fc.nat(3),
  )
  .map(([effect, resource, verbs, fields, where, plain]): Rule => ({ effect, resource, verbs, ...(fields === undefined || plain > 0 ? {} : { fields }), ...(where === undefined ? {} : { where }) }));
const heldRole: fc.Arbitrary<HeldRole> = fc.record({
  bindingId: fc.constant(''),
  roleId: fc.constant(''),
  definedIn: fc.constant(''),
  projectId: fc.constantFrom(null, RED, BLUE),
  expiresAtMillis: fc.constantFrom(null, null, Date.parse('2026-11-22T10:00:00Z')),
  rules: fc.array(rule, { minLength: 1, maxLength: 4 }),
});
const asker: fc.Arbitrary<Asker> = fc.record({
  held: fc.array(heldRole, { minLength: 1, maxLength: 4 }),
  asking: circumstances,
  part: fc.constantFrom<Part>('whole', 'any'),
  only: fc.constantFrom(null, null, null, RED),
});

const filterOf = ({ held, asking, part, only }: Asker): RowFilter => new SubjectPolicy(held).filterOf('things', 'read', asking.env.nowMillis, asking, part, only);

/** One object after another, as `require` decides. */
function permitted({ held, asking, part, only }: Asker, rows: readonly Row[]): number[] {
  const policy = new SubjectPolicy(held);
  const isPermitted = ({ projectId, known }: Row): boolean =>
    (only === null || only === projectId) && policy.decide('things', 'read', projectId, asking.env.nowMillis, { ...asking, attributes: known }, part) === 'allowed';
  return rows.filter(isPermitted).map(({ id }) => id);
}

let database: TestDatabase;
let rows: readonly Row[];

/** Instants with microseconds, of which JavaScript sees none: a row is of the millisecond that it is read as. */
const stored = (at: unknown): string | null => (at instanceof Date ? at.toISOString().replace('Z', '999Z') : null);
const addressText = (source: unknown): string | null => {
  const bytes = (source as { bytes: readonly number[] } | null)?.bytes;
  if (bytes === undefined) return null;
  return bytes.length === 4 ? bytes.join('.') : Array.from({ length: 8 }, (_, at) => ((bytes[at * 2]! << 8) | bytes[at * 2 + 1]!).toString(16)).join(':');
};

async function selected(filter: RowFilter, mutate: (sql: string) => string): Promise<number[]> {
  const { sql, parameters } = filterSql(filter, COLUMNS, 1);
  const found = await database.query<{ id: number }>(`SELECT id FROM spec_thing WHERE id >= $1 AND ${mutate(sql)} ORDER BY id`, [0, ...parameters]);
  return found.map(({ id }) => id);
}

before(async () => {
  database = await openTestDatabase();
  await database.query('CREATE TABLE spec_thing (id integer PRIMARY KEY, project_id uuid, name text, size float8, is_open boolean, made_at timestamptz, source inet)');
  const places = fc.sample(fc.tuple(fc.constantFrom(RED, BLUE, null), attributes), { numRuns: ROWS, seed: SEED });
  rows = [...places.map(([projectId, known], id) => ({ id, projectId, known })), { id: ROWS, projectId: RED, known: {} }, { id: ROWS + 1, projectId: null, known: {} }];
  for (const { id, projectId, known } of rows) {
    const { name = null, size = null, isOpen = null, madeAt, source } = known;
    await database.query('INSERT INTO spec_thing VALUES ($1, $2, $3, $4, $5, $6, $7)', [id, projectId, name, size, isOpen, stored(madeAt), addressText(source ?? null)]);
  }
});
after(() => database.close());

const same = (sql: string): string => sql;
const runs = (numRuns: number): fc.Parameters<[Asker]> => ({ seed: SEED, numRuns, endOnFailure: true });

describe('the rows that a list shows', () => {
  it('are those that are permitted one by one: for random rules, subjects and rows', async (t) => {
    const seen = { some: 0, none: 0, all: 0, hidden: 0 };
    await fc.assert(
      fc.asyncProperty(asker, async (who) => {
        const [filter, expected] = [filterOf(who), permitted(who, rows)];
        assert.deepEqual(await selected(filter, same), expected);
        assert.deepEqual(rows.filter(({ projectId, known }) => shows(filter, projectId, known)).map(({ id }) => id), expected);
        seen[expected.length === 0 ? 'none' : expected.length === rows.length ? 'all' : 'some'] += 1;
        if (filter.allows.length > 0 && filter.denies.length > 0) seen.hidden += 1;
      }),
      runs(500),
    );
    t.diagnostic(`seed ${SEED}: 500 sets of rules over ${rows.length} rows; ${JSON.stringify(seen)}`);
    assert.ok(seen.some > 100 && seen.none < 400 && seen.hidden > 60, JSON.stringify(seen));
  });

  /** A compiler that is wrong in one thing. Each must be caught, or the equality above would prove nothing of it. */
  const mutants: Readonly<Record<string, (sql: string) => string>> = {
    '$eq that is the opposite': (sql) => sql.replaceAll(/ = (\$\d+::(?!uuid))/g, ' <> $1'),
    '$eq that is false of what is missing': (sql) => sql.replaceAll(/(\S+) = (\$\d+::(?:text|float8|boolean|inet)\b(?!\[))/g, '($1 = $2 IS TRUE)'),
    '$ne that is true of what is missing': (sql) => sql.replaceAll(/ <> (\$\d+::)/g, ' IS DISTINCT FROM $1'),
    '$in that looks for none of them': (sql) => sql.replaceAll(/ = ANY\((\$\d+::(?!uuid|inet\[\]\)\)))/g, ' <> ALL($1'),
    '$nin that asks for one that differs': (sql) => sql.replaceAll('<> ALL(', '<> ANY('),
    '$lt that is $lte': (sql) => sql.replaceAll(/ < (\$\d+)/g, ' <= $1'),
    '$lte that is $lt': (sql) => sql.replaceAll(/ <= (\$\d+)/g, ' < $1'),
    '$gt that is $gte': (sql) => sql.replaceAll(/ > (\$\d+)/g, ' >= $1'),
    '$gte that is $gt': (sql) => sql.replaceAll(/ >= (\$\d+)/g, ' > $1'),
    '$exists that is the opposite': (sql) => sql.replaceAll('IS NOT NULL', 'IS null').replaceAll('IS NULL', 'IS NOT NULL'),
    '$cidr without the address itself': (sql) => sql.replaceAll('<<=', '<<'),
    '$within that never passes midnight': (sql) => sql.replaceAll(/(float8) OR (\(extract)/g, '$1 AND $2'),
    '$and that is $or': (sql) => sql.replaceAll(' AND ', ' OR '),
    '$or that is $and': (sql) => sql.replaceAll(' OR ', ' AND '),
    'instants with their microseconds': (sql) => sql.replaceAll(/date_trunc\('milliseconds', (\w+)\)/g, '$1'),
    'a deny that lets through what is unknown': (sql) => sql.replaceAll('IS FALSE', 'IS NOT TRUE'),
    'a deny of a project that hides what belongs to none': (sql) => sql.replaceAll('IS NOT TRUE', 'IS FALSE'),
    'an unknown that is false': (sql) => sql.replaceAll('NULL::boolean', 'FALSE'),
    'rules of every project': (sql) => sql.replaceAll(/\(project_id = (?:ANY\((\$\d+::uuid\[\])\)|(\$\d+::uuid))\)/g, '($1$2 IS NOT NULL)'),
    'nothing that is everything': (sql) => (sql.startsWith('(FALSE') ? `(TRUE${sql.slice('(FALSE'.length)}` : sql),
  };
  for (const [what, mutate] of Object.entries(mutants)) {
    it(`are others with ${what}`, async () => {
      const outcome = await fc.check(
        fc.asyncProperty(asker, async (who) => {
          const filter = filterOf(who);
          // Unless it changes something there is nothing to ask.
          const { sql } = filterSql(filter, COLUMNS, 1);
          if (mutate(sql) !== sql) assert.deepEqual(await selected(filter, mutate), permitted(who, rows));
        }),
        // Ended by the first that differs: of the rarest, a time that passes midnight, one in some thousand sets of rules says something.
        runs(30_000),
      );
      assert.equal(outcome.failed, true);
      assert.match(String(outcome.errorInstance), /deep-equal/);
    });
  }
});
