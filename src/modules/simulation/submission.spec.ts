import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { BELL, type Installation, openInstallation, type Replica } from '../../../test/harness/simulation.js';
import { JobReader } from './job-reader.js';
import { JobRepository } from './persistence/job.repository.js';
import { SimulationModule } from './simulation.module.js';
import type { SimulationRequest } from './order-reader.js';
import { Submission } from './submission.js';

const request = (over: Partial<SimulationRequest> = {}): SimulationRequest => ({ language: 'openqasm2', source: BELL, shots: 10, project: 'red', ...over });
const ROTATION = 'OPENQASM 3.0;\ninclude "stdgates.inc";\ninput float theta;\nqubit q;\nbit c;\nrx(theta) q;\nc = measure q;\n';
const BOMB = ['OPENQASM 3.0;', 'gate g0 a { U(0, 0, 0) a; }', ...Array.from({ length: 40 }, (_, i) => `gate g${i + 1} a { g${i} a; g${i} a; }`), 'qubit q;', 'g40 q;'].join('\n');
const qasm = (body: string): string => `OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\n${body}\nmeasure q -> c;\n`;
const wide = (qubits: number): string => `OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[${qubits}];\ncreg c[${qubits}];\nrx(0.1) q;\n${Array.from({ length: qubits - 1 }, (_, k) => `cx q[${k}],q[${k + 1}];`).join('')}\nmeasure q -> c;\n`;
/** Every cut of twenty neighbours is crossed ten times, and every qubit is in superposition: only all amplitudes will do. */
const entangled = (qubits: number): string => wide(qubits).replace('measure', `${Array.from({ length: 190 }, (_, k) => `cx q[${k % 19}],q[${(k % 19) + 1}];`).join('')}\nmeasure`);

interface Refusal {
  readonly what: string;
  readonly over: Partial<SimulationRequest>;
  readonly code: string;
  readonly pointer: string;
  readonly at?: readonly [line: number, column: number];
}

const REFUSALS: readonly Refusal[] = [
  { what: 'no shots', over: { shots: 0 }, code: 'invalid-simulation', pointer: '/shots' },
  { what: 'negative shots', over: { shots: -1 }, code: 'invalid-simulation', pointer: '/shots' },
  { what: 'one shot too many', over: { shots: 1_000_001 }, code: 'invalid-simulation', pointer: '/shots' },
  { what: 'a thousand million shots', over: { shots: 1e9 }, code: 'invalid-simulation', pointer: '/shots' },
  { what: 'a deadline that has passed', over: { deadline: '2026-01-01T00:00:00Z' }, code: 'invalid-simulation', pointer: '/deadline' },
  { what: 'a deadline in years', over: { deadline: '2999-01-01T00:00:00Z' }, code: 'invalid-simulation', pointer: '/deadline' },
  { what: 'version 2 told to be version 3', over: { language: 'openqasm3' }, code: 'invalid-program', pointer: '/program/source', at: [1, 10] },
  { what: 'parameters of a program that has none', over: { parameters: { theta: 1 } }, code: 'invalid-program', pointer: '/parameters/theta' },
  { what: 'an input without a value', over: { language: 'openqasm3', source: ROTATION }, code: 'invalid-program', pointer: '/parameters', at: [3, 13] },
  { what: 'an input of another type', over: { language: 'openqasm3', source: ROTATION, parameters: { theta: true } }, code: 'invalid-program', pointer: '/parameters/theta', at: [3, 13] },
  { what: 'a value that no input takes', over: { language: 'openqasm3', source: ROTATION, parameters: { theta: 1, 'a/b': 1 } }, code: 'invalid-program', pointer: '/parameters/a~1b' },
  { what: 'parameters that are a list', over: { parameters: [1] }, code: 'invalid-simulation', pointer: '/parameters' },
  { what: 'a parameter that is an object', over: { parameters: { theta: {} } }, code: 'invalid-simulation', pointer: '/parameters/theta' },
  { what: 'a point of a sweep that names no input', over: { language: 'openqasm3', source: ROTATION, sweep: [{ theta: 1 }, { theta: 2 }, { theta: 3 }, { theta: 4, phi: 1 }] }, code: 'invalid-program', pointer: '/sweep/3/phi' },
  { what: 'a point of a sweep without the value', over: { language: 'openqasm3', source: ROTATION, sweep: [{ theta: 1 }, {}] }, code: 'invalid-program', pointer: '/sweep/1', at: [3, 13] },
  { what: 'a sweep without points', over: { language: 'openqasm3', source: ROTATION, sweep: [] }, code: 'invalid-simulation', pointer: '/sweep' },
  { what: 'a thousand and one points', over: { language: 'openqasm3', source: ROTATION, sweep: Array.from({ length: 1001 }, () => ({ theta: 1 })) }, code: 'invalid-simulation', pointer: '/sweep' },
  { what: 'the outcome of each of a thousand million shots', over: { language: 'openqasm3', source: ROTATION, sweep: Array.from({ length: 1000 }, () => ({ theta: 1 })), shots: 1_000_000, outputs: ['memory'] }, code: 'invalid-simulation', pointer: '/outputs' },
  { what: 'a long program at many points', over: { source: `${BELL}//${'x'.repeat(100_000)}`, sweep: Array.from({ length: 1000 }, () => ({})) }, code: 'invalid-simulation', pointer: '/sweep' },
  { what: 'a program beside programs', over: { programs: [{ language: 'openqasm2', source: BELL }] }, code: 'invalid-simulation', pointer: '/program' },
  { what: 'a definition that stands for 2^40 gates', over: { language: 'openqasm3', source: BOMB }, code: 'invalid-program', pointer: '/program/source', at: [44, 1] },
  { what: 'pulses', over: { language: 'openqasm3', source: 'OPENQASM 3.0;\ndefcal x $0 {}' }, code: 'invalid-program', pointer: '/program/source', at: [2, 1] },
  { what: 'noise of an unknown kind', over: { noise: { channels: [{ type: 'hum' }] } }, code: 'invalid-simulation', pointer: '/noise/channels/0/type' },
  { what: 'a probability above 1', over: { noise: { readout: [{ p01: 1.5, p10: 0 }] } }, code: 'invalid-simulation', pointer: '/noise/readout/0/p01' },
  { what: 'noise that is a list', over: { noise: [] }, code: 'invalid-simulation', pointer: '/noise' },
  { what: 'other outputs', over: { outputs: ['counts', 'state'] }, code: 'invalid-simulation', pointer: '/outputs/1' },
  { what: 'an observable over more qubits than there are', over: { outputs: [{ expectation: { ZZZZZ: 1 } }] }, code: 'invalid-simulation', pointer: '/outputs/0/expectation/ZZZZZ' },
  { what: 'a state where there are many', over: { source: qasm('h q[0]; measure q[0] -> c[0]; h q[0];'), outputs: ['statevector'] }, code: 'invalid-simulation', pointer: '/outputs' },
  { what: 'a method that cannot run the program', over: { source: qasm('t q[0];'), method: 'stabilizer' }, code: 'invalid-simulation', pointer: '/method' },
  { what: 'outputs that are no list', over: { outputs: 'counts' }, code: 'invalid-simulation', pointer: '/outputs' },
  { what: 'a gate that does not exist', over: { source: qasm('hadamard q[0];') }, code: 'invalid-program', pointer: '/program/source', at: [5, 1] },
  { what: 'an angle that is missing', over: { source: qasm('rx q[0];') }, code: 'invalid-program', pointer: '/program/source', at: [5, 1] },
  { what: 'a qubit that does not exist', over: { source: qasm('h q[2];') }, code: 'invalid-program', pointer: '/program/source', at: [5, 5] },
  { what: 'another language altogether', over: { source: 'print("hello")' }, code: 'invalid-program', pointer: '/program/source' },
  { what: 'a program that measures nothing', over: { source: 'OPENQASM 2.0; include "qelib1.inc"; qreg q[1]; h q[0];' }, code: 'invalid-program', pointer: '/program/source' },
  { what: 'a program over the size limit', over: { source: `${BELL}//${'x'.repeat(1024 * 1024)}` }, code: 'program-too-large', pointer: '/program/source' },
  { what: 'five characters that are a million operations', over: { source: `OPENQASM 2.0; include "qelib1.inc"; qreg q[1000]; creg c[1]; ${'h q;'.repeat(1000)} measure q[0] -> c[0];` }, code: 'invalid-program', pointer: '/program/source' },
  { what: 'more qubits than there is memory for', over: { source: entangled(40) }, code: 'simulation-too-large', pointer: '/program/source' },
];

describe('submission on real Postgres', () => {
  let installation: Installation;
  let replica: Replica;
  let submission: Submission;
  let alice: Principal;

  before(async () => {
    installation = await openInstallation();
    replica = await installation.replica([SimulationModule], { SIMULATION_MEMORY_BYTES_MAX: String(12 * 1024 ** 3), SIMULATION_QUEUED_JOBS_MAX: '30' });
    submission = replica.get(Submission);
    alice = await installation.person('researcher', installation.red);
  });
  after(() => installation.close());

  async function refusalOf(principal: Principal, asked: SimulationRequest): Promise<Fault> {
    const before = await counts();
    const fault = await submission.submit(principal, null, asked).then(() => assert.fail('it was accepted'), (cause: unknown) => cause);
    assert.ok(fault instanceof Fault, String(fault));
    assert.deepEqual(await counts(), before, 'a refusal changes nothing');
    return fault;
  }
  const counts = async (): Promise<unknown> => installation.query('SELECT (SELECT count(*) FROM simulation.job) AS jobs, (SELECT count(*) FROM audit.entry) AS entries');

  it('queues a job and records it in the same transaction', async () => {
    const job = await submission.submit(alice, null, request({ seed: 7, name: 'Bell pair' }));
    assert.deepEqual([job.status, job.qubits, job.seed, job.shots, job.precision, job.method, job.projectSlug, job.name], ['queued', 2, 7, 10, 'double', 'statevector', 'red', 'Bell pair']);
    assert.equal(job.programDigest, `sha256:${createHash('sha256').update(BELL).digest('hex')}`);
    const [entry] = await installation.query<{ body: Buffer }>('SELECT body FROM audit.entry ORDER BY seq DESC LIMIT 1');
    const text = entry!.body.toString('utf8');
    for (const fact of ['simulation.submit', job.id, alice.id, job.programDigest, installation.red]) assert.ok(text.includes(fact), fact);
    assert.ok(!text.includes('Bell pair') && !text.includes('qreg'), 'neither name nor program is in the ledger');
  });

  it('keeps when it is to be run, and tells the ledger', async () => {
    const deadline = new Date(Date.now() + 60_000).toISOString();
    const job = await submission.submit(alice, null, request({ priority: 'low', deadline }));
    assert.deepEqual([job.priority, job.deadline?.toISOString()], ['low', deadline]);
    const [entry] = await installation.query<{ body: Buffer }>('SELECT body FROM audit.entry ORDER BY seq DESC LIMIT 1');
    for (const fact of ['"priority":"low"', deadline]) assert.ok(entry!.body.includes(fact), fact);
  });

  it('refuses a priority that a rule keeps back', async () => {
    const rushed = await installation.person('researcher', installation.red);
    await installation.query(`INSERT INTO rbac.role (id, name, builtin, rules) VALUES ('patient', 'patient', false, $1)`, [JSON.stringify([{ effect: 'deny', resource: 'simulation', verbs: ['run'], where: { priority: { $eq: 'high' } } }])]);
    await installation.query(`INSERT INTO rbac.role_binding (id, subject_id, role_id, project_id, created_at, created_by) VALUES (gen_random_uuid(), $1, 'patient', $2, now(), 'spec')`, [rushed.id, installation.red]);
    assert.equal((await refusalOf(rushed, request({ priority: 'high' }))).kind.code, 'forbidden');
    assert.equal((await submission.submit(rushed, null, request())).priority, 'normal');
  });

  it('keeps what an OpenQASM 3 program was given, beside the program', async () => {
    const job = await submission.submit(alice, null, request({ language: 'openqasm3', source: ROTATION, parameters: { theta: 0.1 } }));
    const rows = await installation.query('SELECT language, parameters FROM simulation.job WHERE id = $1', [job.id]);
    assert.deepEqual(rows, [{ language: 'openqasm3', parameters: { theta: 0.1 } }]);
  });

  it('chooses a seed when none is given, and another the next time', async () => {
    const [first, second] = [await submission.submit(alice, null, request()), await submission.submit(alice, null, request())];
    assert.ok(Number.isSafeInteger(first.seed) && first.seed >= 0);
    assert.notEqual(first.seed, second.seed);
  });

  it('takes the largest seed, and single precision at half the memory', async () => {
    const job = await submission.submit(alice, null, request({ seed: Number.MAX_SAFE_INTEGER, precision: 'single' }));
    assert.equal(job.seed, Number.MAX_SAFE_INTEGER);
    const [row] = await installation.query<{ memory_bytes: string }>('SELECT memory_bytes FROM simulation.job WHERE id = $1', [job.id]);
    assert.equal(row!.memory_bytes, String(4 * 8));
  });

  for (const { what, over, code, pointer, at } of REFUSALS) {
    it(`refuses ${what}`, async () => {
      const { kind, context } = await refusalOf(alice, request(over));
      assert.equal(kind.code, code);
      assert.equal(context.pointers?.[0]?.pointer, pointer);
      if (at !== undefined) assert.deepEqual([context.pointers?.[0]?.line, context.pointers?.[0]?.column], at);
    });
  }

  it('names the bytes that 40 qubits need and the bytes that are allowed, exactly', async () => {
    const { context } = await refusalOf(alice, request({ source: entangled(40) }));
    assert.deepEqual(context.members, { bytesRequired: 2 ** 44, bytesAllowed: 12 * 1024 ** 3 });
    const beyond = await refusalOf(alice, request({ source: entangled(500) }));
    assert.equal(beyond.context.members?.['bytesRequired'], String(2n ** 504n));
  });

  it('counts only the qubits that something touches', async () => {
    const source = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[500]; creg c[1]; h q[499]; measure q[499] -> c[0];';
    assert.equal((await submission.submit(alice, null, request({ source }))).qubits, 1);
  });

  it('refuses more qubits than are allowed where memory would be enough', async () => {
    const narrow = await installation.replica([SimulationModule], { SIMULATION_QUBITS_MAX: '3', SIMULATION_MEMORY_BYTES_MAX: String(2 ** 40) });
    await assert.rejects(narrow.get(Submission).submit(alice, null, request({ source: wide(4) })), (fault: Fault) => fault.context.pointers?.[0]?.code === 'too-many-qubits');
  });

  it('answers a project that is foreign and one that does not exist alike', async () => {
    const foreign = await refusalOf(alice, request({ project: 'blue' }));
    const absent = await refusalOf(alice, request({ project: 'green' }));
    // What the mark says is for the ledger alone: without it, the two are one.
    const { concealed, ...shown } = foreign.context;
    assert.deepEqual([foreign.kind.code, shown], [absent.kind.code, absent.context]);
    assert.deepEqual([foreign.kind.code, concealed, absent.context.concealed], ['not-found', true, undefined]);
  });

  it('refuses who may only look, and a token without the scope, before it reads the program', async () => {
    const viewer = await installation.person('viewer', installation.red);
    assert.equal((await refusalOf(viewer, request({ source: 'nonsense' }))).kind.code, 'forbidden');
    assert.equal((await refusalOf({ ...alice, scopes: new Set(['read:data']) }, request())).kind.code, 'insufficient-scope');
  });

  it('does a request with an Idempotency-Key once, however often and however concurrently it comes', async () => {
    const key = { key: 'k1', route: 'POST /v1/simulations', bodyDigest: Buffer.alloc(32, 1) };
    const jobs = await Promise.all(Array.from({ length: 5 }, () => submission.submit(alice, key, request())));
    assert.equal(new Set(jobs.map(({ id }) => id)).size, 1);
    await assert.rejects(submission.submit(alice, { ...key, bodyDigest: Buffer.alloc(32, 2) }, request()), (fault: Fault) => fault.kind.code === 'idempotency-key-reused');
  });

  it('leaves no job when the entry cannot be written', async () => {
    await installation.query('ALTER FUNCTION audit.append(uuid, bytea) RENAME TO append_elsewhere');
    try {
      assert.equal((await refusalOf(alice, request())).kind.code, 'audit-unavailable');
    } finally {
      await installation.query('ALTER FUNCTION audit.append_elsewhere(uuid, bytea) RENAME TO append');
    }
  });

  it('shows a job to its project and to nobody else', async () => {
    const reader = replica.get(JobReader);
    const job = await submission.submit(alice, null, request());
    const bob = await installation.person('researcher', installation.blue);
    assert.equal((await reader.getWithResult(alice, job.id, 0)).job.id, job.id);
    for (const read of [() => reader.getWithResult(bob, job.id, 0), () => reader.result(bob, job.id), () => reader.receipt(bob, job.id)]) {
      await assert.rejects(read, (fault: Fault) => fault.kind.code === 'not-found');
    }
    const rows = replica.get(JobRepository);
    const asked: number[] = [];
    const find = rows.findWithResult.bind(rows);
    rows.findWithResult = (reading, id, bytesMax) => (asked.push(bytesMax), find(reading, id, bytesMax));
    await assert.rejects(reader.result(bob, job.id));
    rows.findWithResult = find;
    assert.deepEqual(asked, [-1], 'no result is read for who may not see it');
    assert.deepEqual(await reader.list(bob, { limit: 10, after: null }), { items: [], next: null });
    assert.equal((await reader.list(alice, { limit: 1, after: null })).items[0]!.job.id, job.id);
    await assert.rejects(reader.result(alice, job.id), (fault: Fault) => fault.kind.code === 'result-not-ready');
    assert.equal(await reader.receipt(alice, job.id), 'pending');
  });

  it("records who lists more than one project's jobs, and not who lists their own's", async () => {
    const reader = replica.get(JobReader);
    const listings = async (): Promise<number> => (await installation.query(`SELECT FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%simulation.list.across-projects%'`)).length;
    await reader.list(alice, { limit: 10, after: null });
    assert.equal(await listings(), 0);
    await reader.list(await installation.person('operator', null), { limit: 10, after: null });
    assert.equal(await listings(), 1);
    await installation.query('ALTER FUNCTION audit.append(uuid, bytea) RENAME TO append_elsewhere');
    try {
      await assert.rejects(reader.list(await installation.person('operator', null), { limit: 10, after: null }), (fault: Fault) => fault.kind.code === 'audit-unavailable');
    } finally {
      await installation.query('ALTER FUNCTION audit.append_elsewhere(uuid, bytea) RENAME TO append');
    }
  });

  it('lists newest first, in pages that neither repeat nor leave out', async () => {
    const reader = replica.get(JobReader);
    const all = (await reader.list(alice, { limit: 100, after: null })).items.map(({ job }) => job.id);
    assert.deepEqual(all, [...all].sort().reverse());
    const paged: string[] = [];
    for (let after: string | null = null, page; ; after = page.next) {
      page = await reader.list(alice, { limit: 3, after });
      paged.push(...page.items.map(({ job }) => job.id));
      if (page.next === null) break;
    }
    assert.deepEqual(paged, all);
  });

  it('refuses more jobs than a project may have waiting', async () => {
    const [{ waiting }] = (await installation.query<{ waiting: number }>(`SELECT count(*)::int AS waiting FROM simulation.job WHERE status = 'queued'`)) as [{ waiting: number }];
    for (let count = waiting; count < 30; count += 1) await submission.submit(alice, null, request());
    assert.equal((await refusalOf(alice, request())).kind.code, 'simulation-queue-full');
  });

  it('charges each principal what its jobs will cost, and nothing for what is refused or was asked for before', async () => {
    const narrow = await installation.replica([SimulationModule], { SIMULATION_COST_PER_HOUR: '44', SIMULATION_QUEUED_JOBS_MAX: '1000' });
    const bob = await installation.person('researcher', installation.red);
    const submit = (principal: Principal, source: string, key?: string) =>
      narrow.get(Submission).submit(principal, key === undefined ? null : { key, route: 'POST /v1/simulations', bodyDigest: Buffer.alloc(32) }, request({ source }));
    // 35 gates and 18 measurements of 2^18 amplitudes are 14 units; of one qubit more, 28.
    for (let repetition = 0; repetition < 10; repetition += 1) await submit(bob, wide(18), 'once').catch((error: unknown) => assert.fail(String(error)));
    await assert.rejects(submit(bob, wide(60)), Fault);
    await submit(bob, wide(19));
    const refused = await submit(bob, wide(19)).then(() => assert.fail('it was accepted'), (error: unknown) => error as Fault);
    assert.deepEqual([refused.kind.code, Number(refused.context.headers?.['Retry-After']) > 0], ['simulation-budget-exceeded', true]);
    const first = await submit(bob, wide(18), 'once');
    await assert.rejects(submit(bob, wide(18), 'another'), (error: unknown) => (error as Fault).kind.code === 'simulation-budget-exceeded');
    assert.equal((await submit(bob, wide(18), 'once')).id, first.id, 'what was asked for before is answered when there is no room');
    await submit(bob, BELL);
    await submit(alice, wide(19));
    await narrow.close();
  });
});
