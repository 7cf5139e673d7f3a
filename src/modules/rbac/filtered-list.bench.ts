import { filteredRowsOf } from '#platform/database/filtered-rows.js';
import { rowsOf } from '#platform/database/unit-of-work.js';
import { filterSql, rowColumns } from '#pure/policy/filter-sql.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { about } from '../../../test/harness/conditions.js';
import { figure, percentile } from '../../../test/harness/ledger-bench.js';
import { newProject, newSubject } from '../../../test/harness/policy.js';
import { openTestDatabase } from '../../../test/harness/postgres.js';
import type { HeldRole } from './domain/role-binding.js';
import type { Rule } from './domain/rule.js';
import { SubjectPolicy } from './subject-policy.js';

/**
 * A page of 50 out of 100,000 simulations of 20 projects: by the filter of somebody's rules, made anew for each list, and
 * by the statement that one would write for just that. The limit is the second, in the same run and turn about.
 */
const JOBS = 100_000;
const ROUNDS = 400;
const SHAPE = `SELECT job.id, job.name, job.shots, job.qubits, job.status, job.created_at FROM simulation.job WHERE`;
const PAGE = 'ORDER BY job.id DESC LIMIT 51';
const COLUMNS = rowColumns({ createdBy: 'text', status: 'text', shots: 'number' }, 'job.project_id', { createdBy: 'job.submitted_by::text', status: 'job.status', shots: 'job.shots' });

const database = await openTestDatabase();
const projects = await Promise.all(Array.from({ length: 20 }, () => newProject(database)));
const me = await newSubject(database);
const others = await newSubject(database);
await database.query(
  `INSERT INTO simulation.job (id, project_id, project_slug, submitted_by, name, language, source, program_digest, shots, seed, method, precision, qubits, memory_bytes, status, finished_at, end_entry_id, error_code)
   SELECT lpad(to_hex(n), 32, '0')::uuid, ($1::uuid[])[1 + n % 20], 'p', CASE WHEN n % 10 = 0 THEN $2::uuid ELSE $3::uuid END, 'job', 'openqasm2', '', 'sha256:' || repeat('0', 64),
          1 + n % 5000, n, 'statevector', 'double', 5, 1024, CASE WHEN n % 7 = 0 THEN 'failed' ELSE 'succeeded' END, now(), $2, CASE WHEN n % 7 = 0 THEN 'time-limit' END
     FROM generate_series(1, ${JOBS}) n`,
  [projects, me, others],
);
await database.query('VACUUM (FREEZE, ANALYZE) simulation.job');

const read = (where?: Rule['where']): Rule => ({ effect: 'allow', resource: 'simulation', verbs: ['read'], ...(where === undefined ? {} : { where }) });
const held = (projectId: string | null, ...rules: Rule[]): HeldRole => ({ bindingId: '', roleId: '', definedIn: '', projectId, expiresAtMillis: null, rules });
const [one, two] = projects as [string, string];

const cases: readonly { readonly what: string; readonly roles: readonly HeldRole[]; readonly byHand: string; readonly values: readonly unknown[] }[] = [
  { what: 'a project', roles: [held(one, read())], byHand: 'job.project_id = $1', values: [one] },
  { what: 'everything', roles: [held(null, read())], byHand: 'true', values: [] },
  {
    what: 'everything but a project',
    roles: [held(null, read()), held(one, { ...read(), effect: 'deny' })],
    byHand: 'job.project_id <> $1',
    values: [one],
  },
  {
    what: 'conditions, two projects and a deny',
    roles: [held(one, read({ createdBy: { $eq: '${subject.id}' } }), read({ shots: { $lte: 100 } })), held(two, read({ createdBy: { $eq: '${subject.id}' } })), held(null, { ...read({ status: { $eq: 'failed' } }), effect: 'deny' })],
    byHand: "((job.project_id = ANY($1::uuid[]) AND job.submitted_by = $2) OR (job.project_id = $3 AND job.shots <= 100)) AND job.status <> 'failed'",
    values: [[one, two], me, one],
  },
];

const asking = about({}, { subject: { id: me, kind: 'user', projectId: null } });
for (const { what, roles, byHand, values } of cases) {
  const policy = new SubjectPolicy(roles);
  const filtered = (): Promise<{ id: string }[]> =>
    database.app.read(systemPrincipal('bench'), (reading) => filteredRowsOf(reading, `${SHAPE} {filter} ${PAGE}`, COLUMNS, policy.filterOf('simulation', 'read', 0, asking, 'whole', null), []));
  const written = (): Promise<{ id: string }[]> => database.app.read(systemPrincipal('bench'), (reading) => rowsOf(reading, { name: null, text: `${SHAPE} ${byHand} ${PAGE}` }, values));
  const [mine, theirs]: [number[], number[]] = [[], []];
  if (JSON.stringify(await filtered()) !== JSON.stringify(await written())) throw new Error(`${what}: not the same page`);
  for (let round = 0; round < ROUNDS; round += 1) {
    mine.push(await millisOf(filtered));
    theirs.push(await millisOf(written));
  }
  const [p50, limit] = [percentile(mine, 0.5), percentile(theirs, 0.5)];
  figure(`${what}: by hand, p50`, limit, 'ms');
  figure(`${what}: by policy, p50`, p50, 'ms');
  figure(`${what}: × the statement by hand`, p50 / limit, '', { atMost: 1.3 });
  const { sql, parameters } = filterSql(policy.filterOf('simulation', 'read', 0, asking, 'whole', null), COLUMNS, 0);
  const plan = await database.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${SHAPE} ${sql} ${PAGE}`, parameters);
  console.log(`  ${plan.map((line) => line['QUERY PLAN'].trim().replace(/ {2}\(cost.*$/, '')).filter((line) => line.includes('Scan')).join('; ')}`);
}
await database.close();

async function millisOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
