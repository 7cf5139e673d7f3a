import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { BELL, type Installation, openInstallation, type Replica } from '../../../test/harness/simulation.js';
import { Estimation } from './estimation.js';
import { estimateDto } from './http/estimate.dto.js';
import type { SimulationRequest } from './order-reader.js';
import { SimulationModule } from './simulation.module.js';
import { Submission } from './submission.js';

const GIB = 1024 ** 3;
const request = (over: Partial<SimulationRequest> = {}): SimulationRequest => ({ language: 'openqasm2', source: BELL, shots: 10, project: 'red', ...over });
/** Rotations and a tangle that no method but the dense one can hold. */
const entangled = (qubits: number): string =>
  `OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[${qubits}];\ncreg c[${qubits}];\nrx(0.1) q;\n${Array.from({ length: 190 }, (_, k) => `cx q[${k % 19}],q[${(k % 19) + 1}];`).join('')}\n${Array.from({ length: qubits - 1 }, (_, k) => `cx q[${k}],q[${k + 1}];`).join('')}\nmeasure q -> c;\n`;

describe('an estimate on real Postgres', () => {
  let installation: Installation;
  let replica: Replica;
  let alice: Principal;

  before(async () => {
    installation = await openInstallation();
    replica = await installation.replica([SimulationModule], { SIMULATION_MEMORY_BYTES_MAX: String(12 * GIB), RATE_LIMIT_PRINCIPAL_PER_MINUTE: '100', SIMULATION_COST_PER_HOUR: '2', SIMULATION_COST_PER_DAY: '3' });
    alice = await installation.person('researcher', installation.red);
  });
  after(() => installation.close());

  const estimate = async (over: Partial<SimulationRequest> = {}, who = alice) => estimateDto(await replica.get(Estimation).estimate(who, request(over)));
  async function refusalOf(over: Partial<SimulationRequest>, who = alice): Promise<Fault> {
    const fault = await estimate(over, who).then(() => assert.fail('it was accepted'), (cause: unknown) => cause);
    assert.ok(fault instanceof Fault, String(fault));
    return fault;
  }

  it('tells what a submission then is: the method, the qubits and the memory', async () => {
    const told = await estimate({ source: entangled(20), precision: 'single' });
    const job = await replica.get(Submission).submit(alice, null, request({ source: entangled(20), precision: 'single' }));
    const [row] = await installation.query<{ memory_bytes: string }>('SELECT memory_bytes FROM simulation.job WHERE id = $1', [job.id]);
    assert.deepEqual([told.method, told.activeQubits, told.precision, String(told.bytes)], [job.method, job.qubits, job.precision, row!.memory_bytes]);
    assert.deepEqual([told.qubits, told.fits, told.refusal, told.bytesAllowed], [20, true, null, 12 * GIB]);
    assert.ok(told.seconds! > 0.01 && told.seconds! < told.secondsAllowed);
    assert.deepEqual([told.costUnits > 1, told.costUnitsPerHour, told.costUnitsPerDay], [true, 2, 3]);
  });

  it('makes no job, writes no entry and takes nothing of the budget', async () => {
    const everything = () => installation.query('SELECT (SELECT count(*) FROM simulation.job) AS jobs, (SELECT count(*) FROM audit.entry) AS entries');
    const before = await everything();
    const bob = await installation.person('researcher', installation.red);
    for (let count = 0; count < 5; count += 1) await estimate({ source: entangled(20) }, bob);
    assert.deepEqual(await everything(), before);
    await replica.get(Submission).submit(bob, null, request());
  });

  it('answers that there is no memory for it, with need and limit, where a submission is refused', async () => {
    const told = await estimate({ source: entangled(40) });
    assert.deepEqual([told.fits, told.refusal!.code, told.bytes, told.bytesAllowed], [false, 'simulation-too-large', 2 ** 44, 12 * GIB]);
    const fault = await replica.get(Submission).submit(alice, null, request({ source: entangled(40) })).then(() => assert.fail(), (cause: unknown) => cause as Fault);
    assert.deepEqual([fault.kind.code, fault.context.detail], [told.refusal!.code, told.refusal!.detail]);
  });

  it('gives bytes as a text where a number would lose digits', async () => {
    assert.equal((await estimate({ source: entangled(60) })).bytes, String(2n ** 64n));
  });

  it('refuses what is wrong as the submission does', async () => {
    for (const over of [{ source: 'qubit' }, { shots: 0 }, { outputs: ['state'] }, { noise: [] }, { parameters: { theta: 1 } }, { method: 'stabilizer', source: BELL.replace('h q[0]', 't q[0]') }] as Partial<SimulationRequest>[]) {
      const here = await refusalOf(over);
      const there = await replica.get(Submission).submit(alice, null, request(over)).then(() => assert.fail(), (cause: unknown) => cause as Fault);
      assert.deepEqual([here.kind.code, here.context.pointers], [there.kind.code, there.context.pointers]);
    }
  });

  it('refuses who may not run there, and knows no project that they do not see', async () => {
    const viewer = await installation.person('viewer', installation.red);
    assert.equal((await refusalOf({}, viewer)).kind.status, 403);
    assert.equal((await refusalOf({ project: 'blue' })).kind.status, 404);
    assert.equal((await refusalOf({ project: 'nowhere' })).kind.status, 404);
  });

  it('counts a large program as many requests, and refuses when they are used up', async () => {
    const carol = await installation.person('researcher', installation.red);
    const source = `${BELL}//${'x'.repeat(900 * 1024)}`;
    await estimate({ source }, carol);
    assert.equal((await refusalOf({ source }, carol)).kind.status, 429);
    await estimate({}, carol);
  });
});
