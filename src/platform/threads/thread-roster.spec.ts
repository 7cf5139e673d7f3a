import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

/** What of a thread's tasks an attacker would try, and what ends a thread. */
const TASKS = `
import { Worker } from 'node:worker_threads';
export default function perform(task) {
  switch (task.do) {
    case 'add': return task.a + task.b;
    case 'worker': try { new Worker('', { eval: true, execArgv: [] }); return 'made'; } catch (error) { return error.code; }
    case 'busy': for (const until = performance.now() + task.millis; performance.now() < until;); return 'late';
    case 'exit': process.exit(3);
    case 'memory': { const all = []; for (;;) all.push(new Array(100000).fill(1.5)); }
  }
}`;

const at = (file: string): string => JSON.stringify(import.meta.resolve(file));
const PREFACE = `
import { ThreadRoster } from ${at('./thread-roster.js')};
import { settleWorkers } from ${at('../../boot/settle-workers.js')};
import { Drivers } from ${at('../system/drivers.js')};
import { Worker } from 'node:worker_threads';
const resourceLimits = { maxOldGenerationSizeMb: 64 };
const taskFile = new URL(process.argv[2]);
const roster = new ThreadRoster();
const pool = (name, options = {}) => roster.pool(name, { taskFile, size: 1, cancelGraceMillis: 20, resourceLimits, ...options });
const settle = (...roles) => settleWorkers(new Set(roles), roster, new Drivers());
const tried = (work) => work.then((value) => value, (error) => error.reason ?? String(error));
const escape = (options) => { try { new Worker('', { eval: true, ...options }).terminate(); return 'made'; } catch (error) { return error.code; } };
const tell = (value) => console.log(JSON.stringify(value));
`;
const HELD = ['--permission', '--allow-worker', '--allow-fs-read=*', '--disable-warning=PERM0006'] as const;
const DENIED = 'ERR_ACCESS_DENIED';

/** Rights are of a process, and what it gives up is gone: each of these is in one of its own. */
describe('the threads of a process that makes no more of them', () => {
  let directory = '';
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'quantonium-roster-'));
    writeFileSync(join(directory, 'tasks.mjs'), TASKS);
    writeFileSync(join(directory, 'broken.mjs'), 'throw new Error("broken")');
  });
  after(() => rmSync(directory, { recursive: true }));

  const told = async (body: string, { flags = HELD, tasks = 'tasks.mjs' }: { readonly flags?: readonly string[]; readonly tasks?: string } = {}): Promise<unknown> => {
    const main = join(directory, 'main.mjs');
    writeFileSync(main, `${PREFACE}${body}`);
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, main, pathToFileURL(join(directory, tasks)).href], { timeout: 60_000 });
    return JSON.parse(stdout) as unknown;
  };

  it('can make none, whatever it is started with, in no thread; and all of them do what they did', async () => {
    const body = `
      const pools = [pool('a', { size: 2 }), pool('b')];
      const before = escape({});
      const settled = await settle('api', 'ledger');
      const inThreads = await Promise.all([...Array(3).fill(pools[0]), pools[1]].map((each) => each.run({ do: 'worker' })));
      tell({ before, settled, here: [{}, { execArgv: [] }, { execArgv: ['--permission', '--allow-fs-read=*'] }, { env: {} }].map(escape), inThreads, sum: await pools[1].run({ do: 'add', a: 2, b: 3 }) });`;
    assert.deepEqual(await told(body), { before: 'made', settled: { threads: { a: 2, b: 1 }, drivers: [] }, here: [DENIED, DENIED, DENIED, DENIED], inThreads: [DENIED, DENIED, DENIED, DENIED], sum: 5 });
  });

  it('are as before where Node holds to nothing, and where circuits are simulated', async () => {
    const body = (role: string): string => `
      const some = pool('a');
      const settled = await settle('api', '${role}');
      tell([settled, some.health().alive, escape({}), await some.run({ do: 'worker' })]);
      await some.close();`;
    assert.deepEqual(await told(body('ledger'), { flags: [] }), [{ kept: 'not held by the permission model' }, 0, 'made', 'made']);
    assert.deepEqual(await told(body('worker')), [{ kept: 'simulates' }, 0, 'made', 'made']);
  });

  it('outlive tasks that take longer than they may, more of them than there are threads: who waits is answered in time', async () => {
    const body = `
      const some = pool('a', { size: 2 });
      await settle('api');
      const results = [];
      for (let round = 0; round < 3; round += 1) {
        const began = performance.now();
        const late = await Promise.all(Array.from({ length: 4 }, () => tried(some.run({ do: 'busy', millis: 400 }, { timeoutMillis: 50 }))));
        results.push(...late, performance.now() - began < 400);
      }
      const stopping = new AbortController();
      const gone = tried(some.run({ do: 'busy', millis: 100 }, { signal: stopping.signal }));
      stopping.abort();
      results.push(await gone, await some.run({ do: 'add', a: 2, b: 3 }), some.health().lost);
      tell(results);`;
    const round = ['timeout', 'timeout', 'timeout', 'timeout', true];
    assert.deepEqual(await told(body), [...round, ...round, ...round, 'cancelled', 5, 0]);
  });

  it('go on without one that died; when the last of a pool has, it is named, and nobody waits for it', async () => {
    const body = `
      const [some, other] = [pool('a', { size: 2 }), pool('b')];
      const losses = [];
      await settle('api');
      roster.onLoss((loss) => losses.push(loss));
      const first = await tried(some.run({ do: 'memory' }));
      const between = [roster.exhausted, await some.run({ do: 'add', a: 2, b: 3 }), some.health().alive];
      const waiting = [{ do: 'exit' }, { do: 'add', a: 2, b: 3 }].map((task) => tried(some.run(task)));
      const late = [];
      roster.onLoss((loss) => late.push(loss));
      tell({ first, between, last: await Promise.all(waiting), after: await tried(some.run({ do: 'add', a: 2, b: 3 })), exhausted: roster.exhausted, losses, late, other: await other.run({ do: 'add', a: 2, b: 3 }) });`;
    assert.deepEqual(await told(body), {
      first: 'out-of-memory',
      between: [[], 5, 1],
      last: ['thread-lost', 'thread-lost'],
      after: 'thread-lost',
      exhausted: ['a'],
      losses: [{ pool: 'a', left: 1 }],
      late: [{ pool: 'a', left: 1 }, { pool: 'a', left: 0 }],
      other: 5,
    });
  });

  it('are not settled with one that cannot begin, nor with one that keeps the right', async () => {
    assert.match((await told("pool('a'); tell(await settle('api').catch(String));", { tasks: 'broken.mjs' })) as string, /a thread cannot begin: broken/);
    writeFileSync(join(directory, 'keeps.mjs'), `${TASKS}\nprocess.permission.drop = () => undefined;`);
    assert.match((await told("pool('a'); tell(await settle('api').catch(String));", { tasks: 'keeps.mjs' })) as string, /a thread keeps the right to make workers/);
  });

  it('is told by name of what is loaded before, of what is configured alone', async () => {
    const body = `
      const drivers = new Drivers();
      const loaded = [];
      const [smtp] = [true, false].map((isConfigured) => drivers.late(isConfigured ? 'smtp' : 'never', isConfigured, () => Promise.resolve(loaded.push(isConfigured))));
      const settled = await settleWorkers(new Set(['ledger']), roster, drivers);
      tell({ settled, loaded: [...loaded], again: await smtp() });`;
    assert.deepEqual(await told(body), { settled: { threads: {}, drivers: ['smtp'] }, loaded: [true], again: 2 });
  });
});
