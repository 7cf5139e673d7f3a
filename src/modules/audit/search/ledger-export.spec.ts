import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, describe, it, mock } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Controller, type Type } from '@nestjs/common';
import type { Authenticator } from '#modules/auth/index.js';
import type { PolicyDecision, Projects } from '#modules/rbac/index.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import { type HttpApplication, openHttpApplication } from '../../../../test/harness/http-application.js';
import { type LedgerScene, openLedgerScene } from '../../../../test/harness/ledger.js';
import { SearchController } from '../http/search.controller.js';
import { SearchLookupRepository } from '../persistence/search-lookup.repository.js';
import { SearchRepository } from '../persistence/search.repository.js';
import { TreeRepository } from '../persistence/tree.repository.js';
import { EXPORT_MILLIS_MAX, EXPORTS_MAX, EXPORTS_PER_PRINCIPAL_MAX, LedgerExport } from './ledger-export.js';
import { LedgerSearch, type SearchRequest } from './ledger-search.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const AUDITOR = systemPrincipal('auditor');
const SIZE = 100_000;
const EVERYTHING: SearchRequest = { principal: AUDITOR, filter: {}, scope: 'all', projectId: null };

/** The controller with its collaborators in hand, as a class that Nest can make without asking for them. */
function bound(make: () => SearchController): Type {
  class Bound extends (SearchController as unknown as Type<object>) {
    constructor() {
      super();
      Object.assign(this, make());
    }
  }
  Reflect.defineMetadata('design:paramtypes', [], Bound);
  Controller('v1/audit')(Bound);
  return Bound;
}

describe('exporting the ledger', () => {
  let scene: LedgerScene;
  let search: LedgerSearch;
  let exports: LedgerExport;

  before(async () => {
    scene = await openLedgerScene();
    search = new LedgerSearch(scene.database.app, new TreeRepository(), new SearchRepository(), new SearchLookupRepository(), scene.log);
    exports = new LedgerExport(search, scene.log);
    // A published log of 100,000 entries, made where the sequencer would take half a minute: an export reads places and bodies, no tree.
    const body = `'{"class_uid":6003,"metadata":{"event_code":"spec.deed"},"n":' || n || ',"x":"' || repeat('0', 400) || '"}'`;
    await scene.query('ALTER TABLE audit.leaf DISABLE TRIGGER ALL');
    await scene.query(`WITH made AS (INSERT INTO audit.entry (id, body) SELECT gen_random_uuid(), convert_to(${body}, 'UTF8') FROM generate_series(0, ${SIZE - 1}) n RETURNING id, seq)
      INSERT INTO audit.leaf (index, entry_id, hash) SELECT row_number() OVER (ORDER BY seq) - 1, id, sha256('') FROM made`);
    await scene.query(`INSERT INTO audit.tree_head (size, root) VALUES (${SIZE}, sha256(''))`);
    await scene.query(`INSERT INTO audit.checkpoint (number, size, note) VALUES (1, ${SIZE}, 'spec')`);
    await scene.query('INSERT INTO audit.publication (checkpoint) VALUES (1)');
    await scene.query(`UPDATE audit.cursor SET next_index = ${SIZE} WHERE name = 'search'`);
    await scene.query('ANALYZE audit.entry, audit.leaf');
  });
  after(() => scene.close());

  let auditors = 0;
  /** By somebody who has no other running, and may read on. */
  const begin = (standing = (): Promise<void> => Promise.resolve()): Promise<Readable> => exports.open({ ...EVERYTHING, principal: { ...AUDITOR, id: `auditor-${(auditors += 1)}` } }, standing);
  const recorded = async (code: string): Promise<Record<string, unknown>[]> => {
    const rows = await scene.query<{ body: string }>(`SELECT convert_from(body, 'UTF8') AS body FROM audit.entry WHERE seq > ${SIZE} AND position($1::bytea in body) > 0 ORDER BY xid, seq`, [Buffer.from(`"event_code":"${code}"`)]);
    return rows.map(({ body }) => (JSON.parse(body) as { unmapped: Record<string, unknown> }).unmapped);
  };
  /** Destroyed, and its end on the way to the ledger. */
  const ended = async (stream: Readable): Promise<void> => {
    stream.destroy();
    if (!stream.closed) await new Promise((resolve) => stream.once('close', resolve));
  };
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    for (let turn = 0; !(await holds()); turn += 1) {
      assert.ok(turn < 200, 'it does not come');
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  };

  it('gives every entry once, oldest first, byte for byte, in memory that does not grow with them', async (test) => {
    const held = (): number => {
      collectGarbage();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return (heapUsed + arrayBuffers) / 2 ** 20;
    };
    const started = performance.now();
    const stream = await begin();
    const samples: number[] = [held()];
    let [lines, bytes, rest, turn] = [0, 0, '', 0];
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const parts = (rest + chunk.toString()).split('\n');
      rest = parts.pop()!;
      for (const line of parts) {
        if (!line.includes(`"n":${lines},`)) assert.fail(`line ${lines} is ${line}`);
        lines += 1;
      }
      bytes += chunk.length;
      if ((turn += 1) % 20 === 0) samples.push(held());
    }
    const seconds = (performance.now() - started) / 1000;
    assert.deepEqual([lines, rest], [SIZE, '']);
    const mean = (part: readonly number[]): number => part.reduce((sum, value) => sum + value, 0) / part.length;
    const [early, late] = [mean(samples.slice(0, samples.length / 2)), mean(samples.slice(samples.length / 2))];
    test.diagnostic(`${lines} entries, ${(bytes / 2 ** 20).toFixed(0)} MiB in ${seconds.toFixed(1)} s; held ${early.toFixed(1)} MiB in the first half, ${late.toFixed(1)} MiB in the second`);
    assert.ok(late - early < bytes / 2 ** 20 / 4, 'what was sent is let go');
    const [last] = await scene.query<{ body: Buffer }>('SELECT e.body FROM audit.leaf l JOIN audit.entry e ON e.id = l.entry_id ORDER BY l.index DESC LIMIT 1');
    assert.equal(last!.body.toString().includes(`"n":${SIZE - 1},`), true);
  });

  it('is recorded before its first byte, and its end before its last', async () => {
    assert.deepEqual(await recorded('audit.search'), [{ filters: [], format: 'ndjson', treeSize: SIZE }]);
    assert.deepEqual(await recorded('audit.export'), [{ count: SIZE, complete: true }]);
  });

  it('waits for who reads slowly, and holds no transaction meanwhile', async () => {
    const stream = await begin();
    await once(stream, 'readable');
    stream.read(100);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.ok(stream.readableLength < 2 ** 20, `${stream.readableLength} bytes are waiting`);
    const open = await scene.query("SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'test-app' AND state <> 'idle'");
    assert.deepEqual(open, []);
    await ended(stream);
  });

  it('ends when its reader goes away, and says how far it came', async () => {
    const before = (await recorded('audit.export')).filter(({ count }) => (count as number) >= 500).length;
    const stream = await begin();
    await once(stream, 'data');
    await ended(stream);
    await until(async () => (await recorded('audit.export')).filter(({ count }) => (count as number) >= 500).length > before);
    const end = (await recorded('audit.export')).at(-1)!;
    assert.equal(end['complete'], false);
    assert.ok((end['count'] as number) >= 500 && (end['count'] as number) < SIZE);
  });

  it('runs a few at once in a process and refuses the next at once, however many come together', async () => {
    const asked = await Promise.allSettled(Array.from({ length: 50 }, () => begin()));
    const open = asked.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    const refused = asked.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
    assert.equal(open.length, EXPORTS_MAX);
    for (const error of refused) assert.ok(error instanceof Fault && error.kind.code === 'unavailable' && error.context.headers?.['Retry-After'] === '10');
    await Promise.all(open.map(ended));
    const [next, ...others] = await Promise.all(Array.from({ length: EXPORTS_MAX }, () => begin()));
    assert.ok(next instanceof Readable, 'there is room again');
    exports.beforeApplicationShutdown();
    for (const stream of [next, ...others]) assert.ok(stream!.destroyed, 'a server that stops cuts them');
    await Promise.all([next, ...others].map((stream) => ended(stream!)));
  });

  it('runs two at once of one principal, and others find room beside', async () => {
    const own = (): Promise<Readable> => exports.open(EVERYTHING, () => Promise.resolve());
    const asked = await Promise.allSettled(Array.from({ length: EXPORTS_PER_PRINCIPAL_MAX + 1 }, own));
    assert.deepEqual(asked.map(({ status }) => status), ['fulfilled', 'fulfilled', 'rejected']);
    const other = await begin();
    for (const answer of asked) if (answer.status === 'fulfilled') await ended(answer.value);
    await Promise.all([ended(other), own().then(ended)]);
  });

  it('is cut before the next page once its reader may not read on, and says how far it came', async () => {
    let asked = 0;
    const stream = await begin(() => ((asked += 1) === 3 ? Promise.reject(new Fault(REQUEST_FAULTS.forbidden)) : Promise.resolve()));
    let lines = 0;
    const reading = (async (): Promise<void> => {
      for await (const chunk of stream as AsyncIterable<Buffer>) lines += chunk.toString().split('\n').length - 1;
    })();
    await assert.rejects(reading, (error) => error instanceof Fault && error.kind.code === 'forbidden');
    assert.ok(lines <= 1_000, `${lines} lines`);
    await until(async () => (await recorded('audit.export')).at(-1)!['count'] === 1_000);
    assert.equal((await recorded('audit.export')).at(-1)!['complete'], false);
  });

  it('lasts an hour at most', async () => {
    const timers = mock.method(globalThis, 'setTimeout');
    const opening = begin();
    const over = timers.mock.calls.find(({ arguments: [, millis] }) => millis === EXPORT_MILLIS_MAX)!.arguments[0] as () => void;
    timers.mock.restore();
    const stream = await opening;
    assert.equal(stream.destroyed, false);
    over();
    assert.equal(stream.destroyed, true);
    await ended(stream);
  });

  it('breaks where it cannot read on, and does not end as if it were whole', async () => {
    const stream = await begin();
    let chunks = 0;
    const reading = (async (): Promise<void> => {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        assert.ok(chunk.length > 0);
        if ((chunks += 1) === 1) await scene.query('REVOKE SELECT ON audit.leaf FROM quantonium_app');
      }
    })();
    await assert.rejects(reading);
    await scene.query('GRANT SELECT ON audit.leaf TO quantonium_app');
    await until(async () => (await recorded('audit.export')).at(-1)!['complete'] === false);
  });

  describe('over HTTP', () => {
    let http: HttpApplication;
    let permitted: 'all' | readonly string[] = 'all';
    let standing = true;
    before(async () => {
      const projects = { permitting: () => Promise.resolve(permitted) } as unknown as Projects;
      const authenticator = { again: (principal: Principal) => (standing ? Promise.resolve(principal) : Promise.reject(new Fault(REQUEST_FAULTS.unauthenticated))) } as unknown as Authenticator;
      http = await openHttpApplication([bound(() => new SearchController(search, exports, undefined as unknown as PolicyDecision, projects, authenticator))], {}, undefined, undefined, []);
    });
    after(() => http.close());
    /** On a connection of its own; fetch would open new ones in place of those that are cut. */
    const ask = (by = `auditor-${(auditors += 1)}`): Promise<IncomingMessage> =>
      new Promise((resolve, reject) => {
        get(`${http.url}/v1/audit/entries`, { agent: false, headers: { authorization: `Bearer good-${by}`, accept: 'application/x-ndjson' } }, resolve).on('error', reject);
      });

    it('cuts the connection where it cannot read on: no client takes that for the whole', async () => {
      const answer = await ask();
      assert.equal(answer.statusCode, 200);
      await once(answer, 'data');
      await scene.query('REVOKE SELECT ON audit.leaf FROM quantonium_app');
      await assert.rejects(text(answer), { code: 'ECONNRESET' });
      assert.equal(answer.complete, false);
      await scene.query('GRANT SELECT ON audit.leaf TO quantonium_app');
    });

    for (const [why, take, give] of [
      ['session has ended', () => (standing = false), () => (standing = true)],
      ['permission was taken away', () => (permitted = []), () => (permitted = 'all')],
    ] as const) {
      it(`cuts the connection of whose ${why}`, async () => {
        const answer = await ask();
        assert.equal(answer.statusCode, 200);
        await once(answer, 'data');
        take();
        await assert.rejects(text(answer), { code: 'ECONNRESET' });
        give();
      });
    }

    it('ends with a client that goes away, and has room for the next', async () => {
      for (let turn = 0; turn < EXPORTS_MAX + 2; turn += 1) {
        const answer = await ask();
        assert.equal(answer.statusCode, 200);
        await once(answer, 'readable');
        const before = (await recorded('audit.export')).length;
        answer.destroy();
        await until(async () => (await recorded('audit.export')).length > before);
      }
    });

    it('answers the fifth with 503 and when to come again', async () => {
      const running = await Promise.all(Array.from({ length: EXPORTS_MAX }, () => ask()));
      const refused = await ask();
      assert.deepEqual([refused.statusCode, refused.headers['retry-after'], refused.headers['content-type']], [503, '10', 'application/problem+json']);
      await text(refused);
      const before = (await recorded('audit.export')).length;
      for (const answer of running) answer.destroy();
      await until(async () => (await recorded('audit.export')).length >= before + EXPORTS_MAX);
    });
  });

  it('gives nothing and takes no room when it cannot be recorded', async () => {
    await scene.query('REVOKE EXECUTE ON FUNCTION audit.append(uuid, bytea) FROM quantonium_app');
    for (let turn = 0; turn < EXPORTS_MAX + 1; turn += 1) {
      await assert.rejects(begin(), (error) => error instanceof Fault && error.kind.code === 'audit-unavailable');
    }
    await scene.query('GRANT EXECUTE ON FUNCTION audit.append(uuid, bytea) TO quantonium_app');
    await ended(await begin());
  });

  it('lets no entry bring a line of its own', async () => {
    const forged = Buffer.from('{"n":1}\n{"class_uid":6003,"forged":true}');
    await scene.query('ALTER TABLE audit.entry DISABLE TRIGGER ALL');
    await scene.query('UPDATE audit.entry SET body = $1 WHERE id = (SELECT entry_id FROM audit.leaf WHERE index = 1)', [forged]);
    await scene.query('ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER append_only');
    const stream = await begin();
    let page = '';
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      page = chunk.toString();
      break;
    }
    const line = JSON.parse(page.split('\n')[1]!) as { metadata: Record<string, unknown>; raw_data: string };
    assert.deepEqual([line.metadata['event_code'], line.metadata['sequence']], ['unreadable', 1]);
    assert.deepEqual(Buffer.from(line.raw_data, 'base64'), forged);
    assert.ok(page.split('\n')[2]!.includes('"n":2,'));
  });
});
