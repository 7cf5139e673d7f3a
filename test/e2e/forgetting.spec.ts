import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { leafHash } from '#pure/merkle/hashing.js';
import { TILE_WIDTH } from '#pure/merkle/tile.js';
import { verifyInclusion } from '#pure/merkle/verify.js';
import { parseCheckpoint } from '#pure/transparency-log/checkpoint.js';
import { verifyReceipt } from '#pure/transparency-log/receipt.js';
import { withDatabase } from '../faults/ledger-inspection.js';
import { type Answer, call, eventually, login } from '../harness/api.js';
import { quietNights } from '../harness/quiet-nights.js';
import { withServer } from '../harness/with-server.js';
import { createWorld, type World } from '../harness/world.js';

interface Problem {
  readonly type: string;
}
interface Proof {
  readonly from: number;
  readonly size: number;
  readonly hashes: readonly string[];
}

describe('what the ledger forgets', () => {
  const rules = mkdtempSync(join(tmpdir(), 'quantonium-rules-'));
  let world: World;
  const server = withServer(async () => {
    world = await createWorld(server);
  }, quietNights(rules));
  after(() => rmSync(rules, { recursive: true, force: true }));
  const asSuperuser = <Row extends object>(sql: string): Promise<Row[]> =>
    withDatabase(server.home.environment['QUANTONIUM_DATA_DIR']!, async (client) => (await client.query<Row>(sql)).rows);
  const on = <T = Problem>(path: string, token: string = world.carol.token): Promise<Answer<T>> => call<T>(server, 'GET', `/v1/audit/${path}`, { token });
  const refused = ({ status, body, text }: Answer<Problem>, expected: number, code: string): void => assert.deepEqual([status, body.type], [expected, `urn:quantonium:problem:${code}`], text);

  it('is no person who was active a moment ago: an owner is refused, others have no such right, and nothing changes', async () => {
    const kept = () => asSuperuser(`SELECT username, display_name, password_hash, status, erased_at, epoch, (SELECT count(*) FROM audit.subject_key WHERE subject = id::text) AS keys FROM auth.principal JOIN auth.user_account ON id = principal_id ORDER BY id`);
    const before = await kept();
    const erase = (token: string): Promise<Answer<Problem>> => call<Problem>(server, 'POST', '/v1/audit/erasure', { token, json: { subject: world.alice.id } });
    refused(await erase(world.owner.token), 409, 'erasure-held');
    for (const { token } of [world.alice, world.bob, world.carol, world.dave]) assert.equal((await erase(token)).status, 403);
    assert.equal((await call(server, 'POST', '/v1/audit/erasure', { json: { subject: world.alice.id } })).status, 401);
    assert.deepEqual(await kept(), before);
    assert.equal((await call(server, 'GET', '/v1/auth/me', { token: world.alice.token })).status, 200);
    await login(server, world.alice.username, world.alice.password);
    const events = await asSuperuser<{ code: string }>(`SELECT DISTINCT convert_from(body, 'UTF8')::jsonb #>> '{metadata,event_code}' AS code FROM audit.entry`);
    assert.equal(events.some(({ code }) => code === 'audit.subject.erase'), false);
  });

  describe('are the bodies of entries past their retention', () => {
    it('which answer that they are gone, while it is still proven that they were there', async () => {
      const [old] = await asSuperuser<{ id: string }>('SELECT entry_id AS id FROM audit.leaf WHERE index = 7');
      const { id } = old!;
      await publishBeyondATile(id);
      const receipt = await on(`entries/${id}/receipt`);
      assert.equal((await on('log/tile/entries/000')).status, 200);
      await prune(TILE_WIDTH);

      refused(await on(`entries/${id}`), 410, 'entry-pruned');
      refused(await on(`entries/${id}/receipt`), 410, 'entry-pruned');
      const [checkpoint, proof] = await proven(id);
      const body = Buffer.from(/^extra (\S+)$/m.exec(receipt.text)![1]!, 'base64');
      const isIn = (entry: Buffer): boolean => verifyInclusion(leafHash(entry), proof.from, proof.size, proof.hashes.map((hash) => Buffer.from(hash, 'base64')), checkpoint.root);
      assert.deepEqual([isIn(body), isIn(Buffer.from('another'))], [true, false]);
      const vkeys = await call(server, 'GET', '/v1/audit/log/vkeys');
      assert.equal(verifyReceipt({ receipt: Buffer.from(receipt.text), vkeys: vkeys.text, result: null }).ok, true, 'a receipt that somebody kept');
    });

    it('in whole bundles, and no other', async () => {
      for (const path of ['000', '000.p/17', '000.p/255']) refused(await on(`log/tile/entries/${path}`), 404, 'not-found');
      assert.equal((await on('log/tile/entries/001.p/1')).status, 200);
      const [young] = await asSuperuser<{ id: string }>(`SELECT entry_id AS id FROM audit.leaf WHERE index = ${TILE_WIDTH}`);
      assert.equal((await on(`entries/${young!.id}`)).status, 200);
    });

    it('of which those learn nothing who may not read the ledger', async () => {
      const [old] = await asSuperuser<{ id: string }>('SELECT entry_id AS id FROM audit.leaf WHERE index = 7');
      for (const path of [`entries/${old!.id}`, `entries/${old!.id}/receipt`, `proofs/inclusion?entry=${old!.id}`, 'log/tile/entries/000']) {
        assert.equal((await on(path, world.alice.token)).status, 403, path);
      }
    });
  });

  /** Every reading of an entry is an entry. */
  async function publishBeyondATile(id: string): Promise<void> {
    for (let round = 0; round < 10; round += 1) await Promise.all(Array.from({ length: 30 }, () => on(`entries/${id}`)));
    await eventually(() => call(server, 'GET', '/v1/audit/log/checkpoint'), ({ text }) => Number(text.split('\n')[1]) > TILE_WIDTH);
  }

  /** As audit.prune does it, without its floor of 90 days: entries are as old as their ids say, and these are of today. */
  async function prune(minimum: number): Promise<void> {
    await asSuperuser(`UPDATE audit.pruning SET minimum_index = ${minimum}, pruned_at = clock_timestamp()`);
    await asSuperuser(`DELETE FROM audit.entry e USING audit.leaf l WHERE l.entry_id = e.id AND l.index < ${minimum}`);
    await asSuperuser(`DELETE FROM audit.search WHERE index < ${minimum}`);
  }

  /** A checkpoint and a proof of the same size: between two requests the log may grow. */
  async function proven(id: string): Promise<[ReturnType<typeof parseCheckpoint>, Proof]> {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const proof = await on<Proof>(`proofs/inclusion?entry=${id}`);
      assert.equal(proof.status, 200, proof.text);
      const { text } = await call(server, 'GET', '/v1/audit/log/checkpoint');
      const checkpoint = parseCheckpoint(text.slice(0, text.indexOf('\n\n') + 1));
      if (checkpoint.size === proof.body.size) return [checkpoint, proof.body];
    }
    return assert.fail('the log grew between every two requests');
  }
});
