import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { PolicyDecision } from '#modules/rbac/index.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { decodeBase64 } from '#pure/encoding/base64.js';
import { verifyConsistency, verifyInclusion } from '#pure/merkle/verify.js';
import { parseCheckpoint } from '#pure/transparency-log/checkpoint.js';
import { parseNote } from '#pure/transparency-log/note.js';
import { verifyReceipt } from '#pure/transparency-log/receipt.js';
import { bound } from '../../../../test/harness/bound-controller.js';
import { type HttpApplication, openHttpApplication } from '../../../../test/harness/http-application.js';
import { type LedgerScene, openLedgerScene } from '../../../../test/harness/ledger.js';
import { EntriesController } from './entries.controller.js';
import { LogController } from './log.controller.js';

const NOWHERE = '0198c0de-0000-7000-8000-00000000dead';
const AUDITOR = { authorization: 'Bearer good-auditor' };
const RED = { authorization: 'Bearer good-red-auditor' };

/** `auditor` reads everything; `red-auditor` the project red, and does not see any other; nobody else reads anything. */
const policy = {
  require: (principal: { id: string }, _permission: unknown, projectId: string | null): Promise<void> => {
    if (principal.id === 'auditor' || (principal.id === 'red-auditor' && projectId === 'red')) return Promise.resolve();
    return Promise.reject(new Fault(projectId === null ? REQUEST_FAULTS.forbidden : REQUEST_FAULTS['not-found']));
  },
} as unknown as PolicyDecision;

describe('the audit doors', () => {
  let scene: LedgerScene;
  let http: HttpApplication;
  let [mine, red]: string[] = [];
  before(async () => {
    scene = await openLedgerScene();
    http = await openHttpApplication([
      bound('v1/audit/log', LogController, () => new LogController(scene.reader)),
      bound('v1/audit', EntriesController, () => new EntriesController(scene.reader, scene.log, policy, scene.personalData)),
    ]);
  });
  after(async () => {
    await http.close();
    await scene.close();
  });

  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> => fetch(`${http.url}${path}`, { headers });
  const problem = async (response: Response): Promise<{ status: number; code: unknown }> => ({
    status: response.status,
    code: ((await response.json()) as { type: string }).type.split(':').at(-1),
  });
  const publish = async (): Promise<void> => {
    while ((await scene.sequencer.sequence()) > 0);
    await scene.publisher.publish(0);
  };
  const readsOf = (id: string) => scene.query(`SELECT FROM audit.entry WHERE convert_from(body, 'UTF8')::jsonb @> $1::jsonb`, [
    JSON.stringify({ metadata: { event_code: 'audit.entry.read' }, resources: [{ uid: id }] }),
  ]);

  it('says that there is no log yet, and when to ask again', async () => {
    for (const path of ['vkeys', 'checkpoint']) {
      const response = await get(`/v1/audit/log/${path}`);
      assert.equal(response.headers.get('retry-after'), '1');
      assert.deepEqual(await problem(response), { status: 404, code: 'log-unpublished' });
    }
    assert.equal((await get('/v1/audit/log/tile/0/000.p/1')).status, 404);
  });

  it('answers 202 while no checkpoint covers the entry, and records that it was asked', async () => {
    [mine] = await scene.appendMany(1);
    red = await scene.log.record(scene.event({ projectId: 'red' }));
    const response = await get(`/v1/audit/entries/${mine}/receipt`, AUDITOR);
    assert.deepEqual([response.status, response.headers.get('retry-after'), await response.text()], [202, '1', 'pending\n']);
    assert.equal((await readsOf(mine!)).length, 1);
  });

  it('gives out vkeys, checkpoint and receipt that the offline verifier takes', async () => {
    await publish();
    const vkeys = await get('/v1/audit/log/vkeys');
    assert.equal(vkeys.headers.get('content-type'), 'text/plain; charset=utf-8');
    const response = await get(`/v1/audit/entries/${mine}/receipt`, AUDITOR);
    assert.equal(response.status, 200);
    assert.match(response.headers.get('audit-event-id') ?? '', /^[0-9a-f-]{36}$/);
    const verdict = verifyReceipt({ receipt: Buffer.from(await response.arrayBuffer()), vkeys: await vkeys.text(), result: null });
    assert.ok(verdict.ok, verdict.ok ? '' : verdict.message);
  });

  it('gives nobody an entry who may not read the audit where it belongs', async () => {
    const ask = async (id: string, headers?: Record<string, string>): Promise<number> => (await get(`/v1/audit/entries/${id}/receipt`, headers)).status;
    assert.equal(await ask(red!, RED), 200);
    assert.equal(await ask(mine!, RED), 404);
    assert.equal(await ask(red!, { authorization: 'Bearer good-blue' }), 404);
    assert.equal(await ask(mine!), 401);
    assert.equal(await ask(NOWHERE, AUDITOR), 404);
    assert.equal(await ask(NOWHERE, RED), 404, 'who may not read everything is not told which entries there are');
    assert.equal(await ask('nonsense', AUDITOR), 422);
    assert.equal((await readsOf(NOWHERE)).length, 0);
  });

  it('serves tiles by their exact path, for ever, and no other spelling of it', async () => {
    const tile = await get('/v1/audit/log/tile/0/000.p/2');
    assert.equal(tile.status, 200);
    assert.equal(tile.headers.get('content-type'), 'application/octet-stream');
    assert.match(tile.headers.get('cache-control') ?? '', /immutable/);
    assert.equal((await tile.arrayBuffer()).byteLength, 64);
    const refused = ['0/000', '0/000.p/0', '0/000.p/02', '0/000.p/256', '0/0.p/2', '00/000.p/2', '0/x000/000.p/2', '0/001.p/1', '64/000.p/1', 'entries/000.p/2', '0/000.p%2f2', '0/../0/000.p/9', ''];
    for (const path of refused) assert.equal((await get(`/v1/audit/log/tile/${path}`)).status, 404, path);
  });

  it('has tiles asked for anew when the log has succeeded another, whose tiles had the same paths', async () => {
    const former = await openLedgerScene();
    const successor = await openHttpApplication([bound('v1/audit/log', LogController, () => new LogController(former.reader))]);
    try {
      await former.appendMany(2);
      await former.sequencer.sequence();
      await former.publisher.publish(0);
      const life = async () => (await fetch(`${successor.url}/v1/audit/log/tile/0/000.p/2`)).headers.get('cache-control');
      assert.match((await life())!, /immutable/);
      await former.query(`INSERT INTO audit.former_log (origin, size, root, note) VALUES ('former', 1, sha256('x'), '')`);
      assert.equal(await life(), 'no-cache');
    } finally {
      await successor.close();
      await former.close();
    }
  });

  it('proves inclusion and consistency', async () => {
    const size0 = parseCheckpoint(parseNote(Buffer.from(await (await get('/v1/audit/log/checkpoint')).arrayBuffer())).text);
    await scene.appendMany(5);
    await publish();
    const now = parseCheckpoint(parseNote(Buffer.from(await (await get('/v1/audit/log/checkpoint')).arrayBuffer())).text);
    const inclusion = (await (await get(`/v1/audit/proofs/inclusion?entry=${mine}`, AUDITOR)).json()) as { from: number; size: number; hashes: string[] };
    const [leaf] = await scene.query<{ hash: Buffer }>('SELECT hash FROM audit.leaf WHERE entry_id = $1', [mine]);
    assert.ok(verifyInclusion(leaf!.hash, inclusion.from, inclusion.size, inclusion.hashes.map((hash) => decodeBase64(hash)!), now.root));
    const consistency = (await (await get(`/v1/audit/proofs/consistency?from=${size0.size}&to=${now.size}`)).json()) as { hashes: string[] };
    assert.ok(verifyConsistency(size0.size, size0.root, now.size, now.root, consistency.hashes.map((hash) => decodeBase64(hash)!)));
  });

  it('refuses proofs of what there is not, and sizes that are no sizes, with the field', async () => {
    const pointerOf = async (query: string): Promise<unknown> => {
      const response = await get(`/v1/audit/proofs/consistency?${query}`);
      const body = (await response.json()) as { errors?: { pointer: string }[] };
      return [response.status, body.errors?.[0]?.pointer];
    };
    for (const query of ['from=3&to=999', 'from=2&to=1']) assert.deepEqual(await pointerOf(query), [422, 'query:to'], query);
    for (const query of ['from=0&to=3', 'from=1e0&to=3', 'from=-1&to=3', 'from=99999999999999999&to=3', 'to=3', 'from=1&from=2&to=3']) {
      const [status, pointer] = (await pointerOf(query)) as [number, string];
      assert.ok(status === 422 || status === 400, `${query}: ${status}`);
      assert.match(String(pointer), /from/, query);
    }
    assert.equal((await get('/v1/audit/proofs/inclusion?entry=1', AUDITOR)).status, 422);
    assert.equal((await get(`/v1/audit/proofs/inclusion?entry=${NOWHERE}`, AUDITOR)).status, 404);
    assert.equal((await get(`/v1/audit/proofs/inclusion?entry=${mine}`, { authorization: 'Bearer good-nobody' })).status, 404);
  });
});
