import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { call, eventually, login } from '../harness/api.js';
import { createHome, type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { createWorld, type World } from '../harness/world.js';
import { BELL } from '../e2e/programs.js';
import { inspect, settleLedger, withDatabase } from './ledger-inspection.js';
import { FAULT_ROUNDS, FAULT_SEED, generator, pick } from './parameters.js';

const SECONDS = FAULT_ROUNDS * 3;

/** Megabytes of the process that are in memory. */
function residentMegabytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
}

/** What users do, all of it at once, for a while: nothing may fail, pile up or leak. */
describe(`a soak of ${SECONDS} s (seed ${FAULT_SEED})`, () => {
  let home: TestHome;
  let server: RunningServer;
  let world: World;

  before(async () => {
    home = createHome();
    server = await startServer(home);
    world = await createWorld(server);
  });
  after(async () => home.dispose());

  it('fails nobody, keeps up with its ledger, and does not grow without bound', { timeout: SECONDS * 1000 + 240_000 }, async () => {
    const counts = new Map<string, number>();
    const jobs: string[] = [];
    /* What a deed about a job is done to; undefined while there is none. */
    const known = (random: () => number): string | undefined => (jobs.length === 0 ? undefined : pick(random, jobs));
    const submission = { program: { language: 'openqasm2', source: BELL }, shots: 20, seed: 1, project: 'red' };
    const look = (token: string, id: string | undefined) => (id === undefined ? null : call(server, 'GET', `/v1/simulations/${id}`, { token }));
    const deeds: readonly { readonly name: string; readonly expect: readonly number[]; readonly run: (random: () => number) => Promise<{ status: number; text: string }> | null }[] = [
      { name: 'submit', expect: [202], run: async () => {
        const answer = await call<{ id: string }>(server, 'POST', '/v1/simulations', { token: world.alice.token, json: submission });
        if (answer.status === 202) jobs.push(answer.body.id);
        return answer;
      } },
      { name: 'read', expect: [200], run: (random) => look(world.alice.token, known(random)) },
      { name: 'list', expect: [200], run: () => call(server, 'GET', '/v1/simulations?limit=20', { token: world.alice.token }) },
      { name: 'foreign', expect: [404], run: (random) => look(world.bob.token, known(random)) },
      { name: 'refused', expect: [422], run: () => call(server, 'POST', '/v1/simulations', { token: world.alice.token, json: { ...submission, shots: 0 } }) },
      { name: 'stranger', expect: [401], run: () => call(server, 'GET', '/v1/simulations') },
      { name: 'login', expect: [200], run: () => login(server, world.bob.username, world.bob.password).then(() => ({ status: 200, text: '' })) },
      { name: 'probe', expect: [200], run: () => call(server, 'GET', '/health/ready') },
    ];
    const warmMegabytes = residentMegabytes(server.pid);
    const deadline = performance.now() + SECONDS * 1000;
    const client = async (number: number): Promise<void> => {
      const random = generator(number);
      while (performance.now() < deadline) {
        const deed = pick(random, deeds);
        const answer = await deed.run(random);
        if (answer === null) continue;
        assert.ok(deed.expect.includes(answer.status), `${deed.name}: ${answer.status} ${answer.text}`);
        counts.set(deed.name, (counts.get(deed.name) ?? 0) + 1);
      }
    };
    await Promise.all([0, 1, 2, 3].map(client));
    const grownMegabytes = residentMegabytes(server.pid) - warmMegabytes;
    console.log(`${JSON.stringify(Object.fromEntries(counts))}; resident memory grew by ${grownMegabytes.toFixed(0)} MB from ${warmMegabytes.toFixed(0)} MB`);
    /* Warm caches and a young heap that was never collected are worth some tens of megabytes; a leak has no such bound. */
    assert.ok(grownMegabytes < 300, `grew by ${grownMegabytes} MB`);

    for (const id of jobs) await eventually(() => call<{ status: string }>(server, 'GET', `/v1/simulations/${id}`, { token: world.alice.token }), (answer) => answer.body.status === 'succeeded');
    assert.equal(await server.stop(), 0);
    await settleLedger(home);
    const found = await withDatabase(home.environment['QUANTONIUM_DATA_DIR']!, inspect);
    console.log(`${found.entries} entries, ${found.jobs.size} jobs`);
    assert.deepEqual(found.faults, []);
  });
});
