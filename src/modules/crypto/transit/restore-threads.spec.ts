import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { ThreadRoster } from '#platform/threads/thread-roster.js';
import { Fault } from '#pure/fault/fault.js';
import { OperationThreads } from './operation-threads.js';
import { RestoreThreads } from './restore-threads.js';

const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'done', (error: unknown) => (error instanceof Fault ? error.kind.code : String(error)));

describe('too much for the threads of keys', () => {
  const restores = new RestoreThreads(new ThreadRoster());
  const operations = new OperationThreads(new ThreadRoster());
  after(() => Promise.all([restores.onApplicationShutdown(), operations.close()]));

  it('is the ninth large backup that waits, and those before it are read', async () => {
    const large = Buffer.from(JSON.stringify({ backup: 'x'.repeat(300_000) }));
    const codes = await Promise.all(Array.from({ length: 12 }, () => codeOf(restores.read(Buffer.from(large)))));
    assert.deepEqual(codes, [...Array<string>(8).fill('done'), ...Array<string>(4).fill('transit-busy')]);
  });

  it('is more than a quarter of a gigabyte of waiting bodies, which is refused before it is given to a thread', async () => {
    const order = { place: () => assert.fail('it was given a place'), isLong: true, signal: new AbortController().signal };
    const task = {} as Parameters<OperationThreads['run']>[0];
    const work = operations.run(task, Buffer.alloc(256 * 1024 * 1024 + 1), order, () => assert.fail('it asked for something'));
    await assert.rejects(work, (error) => error instanceof Fault && error.kind.code === 'transit-busy' && error.context.headers?.['Retry-After'] === '1');
  });
});
