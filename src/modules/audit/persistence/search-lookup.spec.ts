import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemPrincipal } from '#pure/principal/principal.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/harness/postgres.js';
import type { SearchFilter, SearchScope } from '../domain/search-filter.js';
import { searchTerm, targetTerm } from '../domain/search-row.js';
import { pageStatement, SearchLookupRepository } from './search-lookup.repository.js';

const SIZE = 100_000;
const START = Date.UTC(2026, 0, 1);
const MIDDLE = START + (SIZE / 2) * 3_000;
const HOUR = 3_600_000;
const project = (n: number): string => `0198c0de-0000-7000-8000-${String(n).padStart(12, '0')}`;

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

/** The common and the rare, the present and the long gone: the plans of a log in which filters differ by orders of magnitude. */
describe('the plans of searches', () => {
  let database: TestDatabase;
  before(async () => {
    database = await openTestDatabase();
    await database.query('ALTER TABLE audit.leaf DISABLE TRIGGER ALL');
    await database.query(`INSERT INTO audit.leaf (index, entry_id, hash) SELECT n, gen_random_uuid(), sha256('') FROM generate_series(0, ${SIZE - 1}) n`);
    await database.query(`INSERT INTO audit.search_kind (code, class_uid, outcome) SELECT 'k' || n % 10 || '.c' || n, 6000 + n % 5, (ARRAY['success', 'failure', 'denied'])[1 + n % 3] FROM generate_series(0, 49) n`);
    await database.query(
      `INSERT INTO audit.search (index, time, actor, project_id, kind, targets)
       SELECT n, to_timestamp($1::bigint / 1000) + n * interval '3 seconds',
              CASE WHEN n % 3 = 0 THEN $2::bigint WHEN n < ${SIZE / 20} AND n % 2 = 1 THEN $3::bigint ELSE n % 500 END,
              CASE WHEN n % 4 = 0 THEN NULL ELSE ('0198c0de-0000-7000-8000-' || lpad((n % 50)::text, 12, '0'))::uuid END,
              CASE WHEN n % 2 = 0 THEN 1 WHEN n < ${SIZE / 10} AND n % 5 = 1 THEN 50 ELSE 2 + n % 40 END,
              ARRAY[n / 3, CASE WHEN n % 10 = 0 THEN $4::bigint ELSE n % 10000 END]
         FROM generate_series(0, ${SIZE - 1}) n`,
      [START, searchTerm('busy').toString(), searchTerm('former').toString(), targetTerm('repository', 'hot').toString()],
    );
    await database.query('INSERT INTO audit.search_span SELECT index - index % 1024, min(time), max(time) FROM audit.search GROUP BY 1');
    await maintain('ANALYZE');
  });
  const maintain = async (how: string): Promise<void> => {
    for (const table of ['search', 'leaf', 'search_kind', 'search_span']) await database.query(`${how} audit.${table}`);
  };
  after(() => database.close());

  const lookups = new SearchLookupRepository();
  const cases: readonly [string, SearchFilter, SearchScope?][] = [
    ['everything', {}],
    ['a common code', { code: 'k0.c0' }],
    ['a code that is long gone', { code: 'k9.c49' }],
    ['codes under a dot', { code: 'k3.*' }],
    ['a class', { classUid: 6003 }],
    ['an outcome', { outcome: 'denied' }],
    ['a busy actor', { actor: 'busy' }],
    ['an actor who left', { actor: 'former' }],
    ['an actor whom there never was', { actor: 'nobody' }],
    ['a target of many', { target: { type: 'repository', uid: 'hot' } }],
    ['a target of none', { target: { type: 'repository', uid: 'cold' } }],
    ['an hour in the middle', { fromMillis: MIDDLE, toMillis: MIDDLE + HOUR }],
    ['all before the middle', { toMillis: MIDDLE }],
    ['a project', {}, [project(7)]],
    ['ten projects', {}, Array.from({ length: 10 }, (_, n) => project(n + 20))],
    ['an actor and an outcome', { actor: 'former', outcome: 'denied' }],
    ['a code in a project', { code: 'k3.*' }, [project(7)]],
    ['an outcome within an hour', { outcome: 'denied', fromMillis: MIDDLE, toMillis: MIDDLE + HOUR }],
  ];
  for (const how of ['ANALYZE', 'VACUUM ANALYZE']) {
    describe(`after ${how}`, () => {
      before(() => maintain(how));
      for (const [what, filter, scope = 'all'] of cases) {
        it(`find ${what} without reading the log through`, async () => {
          const lookup = await database.app.run(systemPrincipal('spec'), (tx) => lookups.resolve(tx, filter, scope, SIZE));
          const { text, values } = pageStatement(lookup!, 'newest', 51);
          const [explained] = await database.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values);
          const nodes = nodesOf(explained!['QUERY PLAN'][0].Plan);
          assert.deepEqual(nodes.filter((node) => node['Node Type'] === 'Seq Scan' && ['search', 'leaf'].includes(node['Relation Name'] ?? '')), []);
          const touched = nodes.reduce((sum, node) => sum + (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'], 0);
          assert.ok(touched < SIZE / 2, `${touched} rows`);
        });
      }
    });
  }
});
