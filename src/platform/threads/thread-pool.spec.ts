import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { MessageChannel } from 'node:worker_threads';
import { TaskError, ThreadPool, type ThreadPoolOptions } from './thread-pool.js';

type Task = { readonly do: string; readonly [more: string]: unknown };

/** A task file like those that simulations have: bare, one default export. */
const TASKS = `
import { threadId } from 'node:worker_threads';
export default async function perform(task, context) {
  switch (task.do) {
    case 'add': return task.a + task.b;
    case 'thread': return threadId;
    case 'remember': { (globalThis.remembered ??= []).push(task.what); return globalThis.remembered.length; }
    case 'remembered': return globalThis.remembered ?? [];
    case 'count': { for (let n = 1; n <= task.to; n += 1) context.progress(n); return task.to; }
    case 'throw': { const error = new RangeError('out of range'); error.line = 7; throw error; }
    case 'heed': { context.progress('begun'); while (!context.isCancelled()); throw new Error('I stop'); }
    case 'ignore': { context.progress('begun'); for (;;); }
    case 'exit': process.exit(3);
    case 'memory': { const all = []; for (;;) all.push(new Array(100000).fill(1.5)); }
    case 'buffer': { const bytes = new Float64Array(task.length).fill(2); context.transfer(bytes.buffer); return bytes; }
    case 'ask': { const answer = new Promise((resolve) => task.port.once('message', resolve)); task.port.postMessage(task.bytes.length); const sum = task.bytes.length + (await answer); task.port.close(); return sum; }
    case 'slow': { await new Promise((resolve) => setTimeout(resolve, task.millis)); return 'slow'; }
  }
}`;

describe('a pool of threads', () => {
  let directory = '';
  let file: URL;
  const pools: ThreadPool<Task, unknown>[] = [];
  const pool = (options: Partial<ThreadPoolOptions> = {}): ThreadPool<Task, unknown> => {
    const made = new ThreadPool<Task, unknown>({ taskFile: file, size: 1, resourceLimits: { maxOldGenerationSizeMb: 64 }, ...options });
    pools.push(made);
    return made;
  };
  const isTaskError = (reason: TaskError['reason']) => (error: unknown) => error instanceof TaskError && error.reason === reason;
  /** Resolves when the task says that it has begun. */
  const begun = (threads: ThreadPool<Task, unknown>, task: Task, options: object): { readonly begun: Promise<unknown>; readonly end: Promise<unknown> } => {
    const start = Promise.withResolvers<unknown>();
    return { begun: start.promise, end: threads.run(task, { ...options, onProgress: start.resolve }) };
  };
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'quantonium-threads-'));
    writeFileSync(join(directory, 'tasks.mjs'), TASKS);
    writeFileSync(join(directory, 'broken.mjs'), 'throw new Error("broken")');
    file = pathToFileURL(join(directory, 'tasks.mjs'));
  });
  afterEach(async () => {
    await Promise.all(pools.splice(0).map((made) => made.close()));
  });
  after(() => rmSync(directory, { recursive: true }));

  it('gives results, progress in order, and moved buffers', async () => {
    const threads = pool();
    assert.equal(await threads.run({ do: 'add', a: 2, b: 3 }), 5);
    const seen: unknown[] = [];
    await threads.run({ do: 'count', to: 3 }, { onProgress: (value) => seen.push(value) });
    assert.deepEqual(seen, [1, 2, 3]);
    const bytes = (await threads.run({ do: 'buffer', length: 1000 })) as Float64Array;
    assert.equal(bytes.length, 1000);
    assert.equal(bytes[999], 2);
  });

  it('moves what belongs to a task into the thread: bytes, and a port through which it asks on', async () => {
    const { port1, port2 } = new MessageChannel();
    const bytes = new Uint8Array(1000);
    port1.on('message', (length: number) => port1.postMessage(length * 2));
    const sum = await pool().run({ do: 'ask', port: port2, bytes }, { transfer: [port2, bytes.buffer] });
    assert.equal(sum, 3000);
    assert.equal(bytes.length, 0, 'moved, not copied');
  });

  it('runs as many at once as it has threads, and queues the rest', async () => {
    const threads = pool({ size: 2 });
    const ids = await Promise.all(Array.from({ length: 6 }, () => threads.run({ do: 'thread' })));
    assert.ok(new Set(ids).size <= 2);
    const controller = new AbortController();
    const two = [1, 2].map(() => begun(threads, { do: 'heed' }, { signal: controller.signal }));
    const ends = two.map(({ end }) => assert.rejects(end, isTaskError('cancelled')));
    await Promise.all(two.map((one) => one.begun));
    const third = threads.run({ do: 'add', a: 1, b: 1 });
    assert.deepEqual(threads.health(), { size: 2, alive: 2, busy: 2, queued: 1, lost: 0 });
    controller.abort();
    await Promise.all(ends);
    assert.equal(await third, 2);
  });

  it('says when a first thread can take a task, and does not leave whoever asked waiting when it is closed', async () => {
    const threads = pool({ size: 2 });
    assert.equal(threads.health().alive, 0);
    await threads.whenAlive();
    assert.ok(threads.health().alive > 0);
    const closing = pool();
    const asked = closing.whenAlive();
    await closing.close();
    await asked;
  });

  it('hands on what a task threw, with its name and fields, and keeps the thread', async () => {
    const threads = pool();
    await assert.rejects(threads.run({ do: 'throw' }), (error) => {
      assert.ok(isTaskError('failed')(error));
      assert.equal((error as TaskError).message, 'out of range');
      assert.deepEqual((error as TaskError).thrown, { name: 'RangeError', details: { line: 7 } });
      return true;
    });
    assert.equal(threads.health().lost, 0);
  });

  it('cancels a task that heeds its flag without losing the thread', async () => {
    const threads = pool();
    const controller = new AbortController();
    const task = begun(threads, { do: 'heed' }, { signal: controller.signal });
    await task.begun;
    controller.abort();
    await assert.rejects(task.end, isTaskError('cancelled'));
    assert.equal(threads.health().lost, 0);
    assert.equal(await threads.run({ do: 'add', a: 1, b: 1 }), 2);
  });

  it('ends the thread of a task that does not heed, and goes on with another', async () => {
    const threads = pool({ cancelGraceMillis: 50 });
    const controller = new AbortController();
    const task = begun(threads, { do: 'ignore' }, { signal: controller.signal });
    await task.begun;
    controller.abort();
    await assert.rejects(task.end, isTaskError('cancelled'));
    assert.equal(await threads.run({ do: 'add', a: 1, b: 1 }), 2);
    assert.equal(threads.health().lost, 1);
  });

  it('cancels a task that still waits, and one that was cancelled before', async () => {
    const threads = pool();
    const first = new AbortController();
    const running = begun(threads, { do: 'heed' }, { signal: first.signal });
    await running.begun;
    const second = new AbortController();
    const waiting = threads.run({ do: 'add', a: 1, b: 1 }, { signal: second.signal });
    second.abort();
    await assert.rejects(waiting, isTaskError('cancelled'));
    await assert.rejects(threads.run({ do: 'add', a: 1, b: 1 }, { signal: second.signal }), isTaskError('cancelled'));
    assert.equal(threads.health().queued, 0);
    first.abort();
    await assert.rejects(running.end, isTaskError('cancelled'));
  });

  it('stops a task that takes longer than it may, from its start and not from the queue', async () => {
    const threads = pool({ cancelGraceMillis: 20 });
    const slow = threads.run({ do: 'slow', millis: 300 });
    const patient = threads.run({ do: 'add', a: 1, b: 1 }, { timeoutMillis: 250 });
    assert.equal(await slow, 'slow');
    assert.equal(await patient, 2);
    await assert.rejects(threads.run({ do: 'ignore' }, { timeoutMillis: 30 }), isTaskError('timeout'));
    assert.equal(await threads.run({ do: 'add', a: 1, b: 1 }), 2);
  });

  it('loses one task and nothing else when a thread ends by itself', async () => {
    const threads = pool();
    const [lost, next] = [threads.run({ do: 'exit' }), threads.run({ do: 'add', a: 1, b: 1 })];
    await assert.rejects(lost, isTaskError('thread-lost'));
    assert.equal(await next, 2);
    assert.equal(threads.health().lost, 1);
  });

  it('survives a task that takes more memory than a thread may have, and says of it what it was', async () => {
    const threads = pool({ resourceLimits: { maxOldGenerationSizeMb: 32 } });
    await assert.rejects(threads.run({ do: 'memory' }), isTaskError('out-of-memory'));
    assert.equal(await threads.run({ do: 'add', a: 1, b: 1 }), 2);
    assert.equal(threads.health().lost, 1);
  });

  it('refuses a task when the queue is full, or that cannot be handed over', async () => {
    const threads = pool({ queueMax: 1 });
    await threads.run({ do: 'thread' });
    const controller = new AbortController();
    const running = begun(threads, { do: 'heed' }, { signal: controller.signal });
    await running.begun;
    const waiting = threads.run({ do: 'add', a: 1, b: 1 });
    await assert.rejects(threads.run({ do: 'add', a: 1, b: 1 }), isTaskError('queue-full'));
    controller.abort();
    await assert.rejects(running.end);
    await waiting;
    await assert.rejects(threads.run({ do: 'add', a: () => 1 }), isTaskError('failed'));
    assert.equal(await threads.run({ do: 'add', a: 1, b: 1 }), 2);
  });

  it('rejects what runs and what waits when it is closed, and everything after', async () => {
    const threads = pool();
    const running = begun(threads, { do: 'ignore' }, {});
    const ends = [running.end, threads.run({ do: 'thread' })].map((end) => assert.rejects(end, isTaskError('closed')));
    await running.begun;
    await threads.close();
    await Promise.all(ends);
    await assert.rejects(threads.run({ do: 'thread' }), isTaskError('closed'));
  });

  it('tells whoever waits that a broken task file cannot begin, and does not try it in a hot loop', async () => {
    const threads = pool({ taskFile: pathToFileURL(join(directory, 'broken.mjs')) });
    await assert.rejects(threads.run({ do: 'thread' }), (error) => isTaskError('thread-lost')(error) && /broken/.test((error as Error).message));
    assert.deepEqual(threads.health(), { size: 1, alive: 0, busy: 0, queued: 0, lost: 3 });
  });

  it('keeps a process alive while a task runs, and no longer', () => {
    const script = `
      import { ThreadPool } from ${JSON.stringify(new URL('./thread-pool.js', import.meta.url).href)};
      const threads = new ThreadPool({ taskFile: new URL(${JSON.stringify(file.href)}), size: 2, resourceLimits: { maxOldGenerationSizeMb: 64 } });
      console.log(await threads.run({ do: 'slow', millis: 200 }));`;
    const main = join(directory, 'main.mjs');
    writeFileSync(main, script);
    const { status, stdout, stderr } = spawnSync(process.execPath, [main], { encoding: 'utf8', timeout: 20_000 });
    assert.deepEqual({ status, stdout }, { status: 0, stdout: 'slow\n' }, stderr);
  });

  it('has each thread practise before it is asked, and each that takes the place of a lost one', async () => {
    const threads = pool();
    threads.practise([{ do: 'remember', what: 'first' }, { do: 'throw' }, { do: 'remember', what: 'second' }]);
    const practised = async (): Promise<void> => {
      for (let known: unknown = []; JSON.stringify(known) !== '["first","second"]'; known = await threads.run({ do: 'remembered' }));
    };
    await practised();
    await assert.rejects(threads.run({ do: 'exit' }), TaskError);
    await practised();
    assert.equal(threads.health().lost, 1);
  });

  it('performs a task before what is left of the practice', async () => {
    const threads = pool();
    await threads.whenAlive();
    threads.practise(Array.from({ length: 1000 }, (_, what) => ({ do: 'remember', what })));
    const known = await threads.run({ do: 'remembered' }) as readonly number[];
    assert.ok(known.length < 1000, `${known.length}`);
  });
});
