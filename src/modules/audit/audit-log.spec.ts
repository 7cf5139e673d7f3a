import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import { canonicalJson } from '#pure/canonical-json/canonical-json.js';
import { parseStrictJson } from '#pure/canonical-json/strict-parse.js';
import { entityManagerOf } from '#platform/database/unit-of-work.js';
import { type RequestTrail, runWithTrail } from '#platform/system/request-context.js';
import { type LedgerScene, openLedgerScene } from '../../../test/harness/ledger.js';
import { GROUP_COMMIT } from './group-commit.js';
import { sourceDigest } from './source-digest.js';

const SOMEBODY = systemPrincipal('spec');
const isFault = (code: string) => (error: unknown): boolean => error instanceof Fault && error.kind.code === code;
const trail = (): RequestTrail => ({ requestId: '0198c0de-0000-7000-8000-0000000000aa', source: { ipAddress: '192.0.2.1', userAgent: null }, trace: null, committedEvents: [], replayedStatus: null });

describe('recording a deed', () => {
  let scene: LedgerScene;
  before(async () => {
    scene = await openLedgerScene();
    await scene.query('CREATE TABLE public.deed (n int)');
    await scene.query('GRANT INSERT, SELECT ON public.deed TO PUBLIC; GRANT USAGE ON SCHEMA public TO PUBLIC');
  });
  after(() => scene.close());

  const bodyOf = async (id: string): Promise<Buffer | undefined> => (await scene.query<{ body: Buffer }>('SELECT body FROM audit.entry WHERE id = $1', [id]))[0]?.body;
  const deeds = async (): Promise<number> => (await scene.query('SELECT FROM public.deed')).length;
  const entries = async (): Promise<number> => (await scene.query('SELECT FROM audit.entry')).length;

  it('commits deed and entry together, and tells the request when they have', async () => {
    const seen = trail();
    const id = await runWithTrail(seen, () =>
      scene.database.app.run(SOMEBODY, async (tx) => {
        await entityManagerOf(tx).query('INSERT INTO public.deed VALUES (1)');
        const entryId = await scene.log.append(tx, scene.event());
        assert.deepEqual(seen.committedEvents, [], 'nothing is committed yet');
        return entryId;
      }),
    );
    assert.deepEqual(seen.committedEvents, [{ id, code: 'spec.deed' }]);
    assert.notEqual(await bodyOf(id), undefined);
    assert.equal(await deeds(), 1);
  });

  it('writes the caller’s trace id of an authenticated principal, and of a stranger or for itself its own', async () => {
    const [chosen, own] = ['4bf92f3577b34da6a3ce929d0e0e4736', trail().requestId.replaceAll('-', '')];
    const trace = { traceId: chosen, spanId: '00f067aa0ba902b7', parent: { spanId: '00f067aa0ba902b7', sampled: true, state: null }, sampled: true };
    const bodyBy = async (actor: Principal | null, of: RequestTrail): Promise<string> => (await bodyOf(await runWithTrail(of, () => scene.log.record(scene.event({ actor })))))!.toString();
    const user: Principal = { ...SOMEBODY, id: '0198c0de-0000-7000-8000-000000000007', kind: 'user' };
    assert.ok((await bodyBy(user, { ...trail(), trace })).includes(chosen));
    for (const actor of [null, SOMEBODY]) {
      const body = await bodyBy(actor, { ...trail(), trace });
      assert.deepEqual([body.includes(chosen), body.includes(own)], [false, true]);
    }
    assert.equal((await bodyBy(null, trail())).includes(own), false, 'none where there is no trace');
  });

  it('leaves neither when the deed fails after its entry', async () => {
    const [before, seen] = [await entries(), trail()];
    const failed = runWithTrail(seen, () =>
      scene.database.app.run(SOMEBODY, async (tx) => {
        await entityManagerOf(tx).query('INSERT INTO public.deed VALUES (2)');
        await scene.log.append(tx, scene.event());
        throw new Error('a later check refused');
      }),
    );
    await assert.rejects(failed, /later check/);
    assert.deepEqual([await entries(), await deeds(), seen.committedEvents.length], [before, 1, 0]);
  });

  it('leaves neither when the entry cannot be written, and says 503', async () => {
    await scene.query('REVOKE EXECUTE ON FUNCTION audit.append FROM quantonium_app');
    try {
      const failed = scene.database.app.run(SOMEBODY, async (tx) => {
        await entityManagerOf(tx).query('INSERT INTO public.deed VALUES (3)');
        await scene.log.append(tx, scene.event());
      });
      await assert.rejects(failed, isFault('audit-unavailable'));
      assert.equal(await deeds(), 1);
    } finally {
      await scene.query('GRANT EXECUTE ON FUNCTION audit.append TO quantonium_app');
    }
  });

  it('leaves no deed behind even where somebody swallows the refusal of its entry', async () => {
    const oversized = scene.event({ facts: { text: 'x'.repeat(20_000) } });
    await scene.query('REVOKE EXECUTE ON FUNCTION audit.append FROM quantonium_app');
    try {
      const swallowed = scene.database.app.run(SOMEBODY, async (tx) => {
        await entityManagerOf(tx).query('INSERT INTO public.deed VALUES (4)');
        await scene.log.append(tx, scene.event()).catch(() => undefined);
      });
      await assert.rejects(swallowed);
    } finally {
      await scene.query('GRANT EXECUTE ON FUNCTION audit.append TO quantonium_app');
    }
    await assert.rejects(scene.database.app.run(SOMEBODY, (tx) => scene.log.append(tx, oversized)), isFault('audit-unavailable'));
    assert.equal(await deeds(), 1);
  });

  it('stores the canonical bytes of what it was told, and they parse strictly to the same bytes', async () => {
    const facts = { 'zeta': 1, 'alpha': 'ä \u00a0 "', ok: true };
    const id = await runWithTrail(trail(), () => scene.log.record(scene.event({ facts, projectId: 'p-1' })));
    const body = (await bodyOf(id))!;
    const parsed = parseStrictJson(body);
    assert.ok(parsed.ok);
    assert.equal(canonicalJson(parsed.value), body.toString('utf8'));
    const entry = parsed.value as { metadata: { uid: string; correlation_uid: string }; unmapped: Record<string, unknown> };
    assert.deepEqual([entry.metadata.uid, entry.metadata.correlation_uid], [id, trail().requestId]);
    const { personal: _sealed, ...told } = entry.unmapped;
    assert.deepEqual(told, { ...facts, projectId: 'p-1' });
  });

  it('takes a body of exactly 16 KiB and refuses one byte more, before the database sees it', async () => {
    const bare = (await bodyOf(await scene.log.record(scene.event({ facts: { text: '' } }))))!.length;
    await scene.log.record(scene.event({ facts: { text: 'x'.repeat(16_384 - bare) } }));
    const before = await entries();
    await assert.rejects(scene.log.record(scene.event({ facts: { text: 'x'.repeat(16_385 - bare) } })), isFault('audit-unavailable'));
    assert.equal(await entries(), before);
  });

  it('puts many events of one moment into few transactions, each of them durable when it is answered', async () => {
    const ids = await Promise.all(Array.from({ length: 1_200 }, () => scene.log.record(scene.event())));
    const [{ transactions, found }] = (await scene.query<{ transactions: string; found: string }>(
      'SELECT count(DISTINCT xid) AS transactions, count(*) AS found FROM audit.entry WHERE id = ANY($1)', [ids],
    )) as [{ transactions: string; found: string }];
    assert.equal(Number(found), 1_200);
    assert.ok(Number(transactions) <= Math.ceil(1_200 / GROUP_COMMIT.batchMax) + 1, `${transactions} transactions`);
  });

  it('turns synchronous_commit back on for the transaction, and leaves a stricter setting alone', async () => {
    const settingAfter = (setting: string): Promise<string> =>
      scene.database.app.run(SOMEBODY, async (tx) => {
        const manager = entityManagerOf(tx);
        await manager.query(`SET LOCAL synchronous_commit = ${setting}`);
        await scene.log.append(tx, scene.event());
        const [row]: { synchronous_commit: string }[] = await manager.query('SHOW synchronous_commit');
        return row!.synchronous_commit;
      });
    assert.deepEqual([await settingAfter('off'), await settingAfter('local'), await settingAfter('remote_write')], ['on', 'on', 'on']);
    assert.deepEqual([await settingAfter('on'), await settingAfter('remote_apply')], ['on', 'remote_apply']);
  });

  it('refuses with 503 while the database is gone, and works again when it is back', async () => {
    const [{ name }] = (await scene.query<{ name: string }>('SELECT current_database() AS name')) as [{ name: string }];
    const before = await entries();
    await scene.query(`ALTER DATABASE "${name}" CONNECTION LIMIT 0`);
    await scene.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()');
    try {
      await assert.rejects(scene.log.record(scene.event()), isFault('audit-unavailable'));
      const deed = scene.database.app.run(SOMEBODY, (tx) => scene.log.append(tx, scene.event()));
      await assert.rejects(deed, (error) => error instanceof Fault && error.kind.status === 503);
    } finally {
      await scene.query(`ALTER DATABASE "${name}" CONNECTION LIMIT -1`);
    }
    assert.equal(await entries(), before);
    await scene.log.record(scene.event());
    assert.equal(await entries(), before + 1);
  });

  it('tells requests of one network and day by one digest, and another network or day by another', async () => {
    const from = (ipAddress: string): RequestTrail => ({ ...trail(), source: { ipAddress, userAgent: 'spec' } });
    const body = async (of: RequestTrail): Promise<string> => (await bodyOf(await runWithTrail(of, () => scene.log.record(scene.event()))))!.toString();
    const digest = async (address: string): Promise<string> => (JSON.parse(await body(from(address))) as { src_endpoint: { uid: string } }).src_endpoint.uid;
    const [one, same, other, network] = [await digest('192.0.2.1'), await digest('::ffff:192.0.2.1'), await digest('192.0.2.2'), await digest('2001:db8:1:2::9')];
    assert.match(one, /^[A-Za-z0-9_-]{16}$/);
    assert.equal(same, one);
    assert.equal(new Set([one, other, network]).size, 3);
    assert.equal(await digest('2001:db8:1:2:ffff::1'), network);
    const day = 86_400_000;
    assert.notEqual(sourceDigest(scene.keyring, '192.0.2.1', 0), sourceDigest(scene.keyring, '192.0.2.1', day));
    assert.equal(sourceDigest(scene.keyring, '192.0.2.1', 0), sourceDigest(scene.keyring, '192.0.2.1', day - 1));
    assert.equal((await body(from('192.0.2.1'))).includes('192.0.2'), false);
  });

  it('says in every body which version of the product wrote it', async () => {
    const id = await scene.log.record(scene.event());
    const { metadata } = JSON.parse((await bodyOf(id))!.toString()) as { metadata: { product: { version: string } } };
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    assert.equal(metadata.product.version, version);
  });

  it('lets the worker and the sequencer append too, each in its own transaction', async () => {
    for (const login of [scene.database.worker, scene.database.sequencer]) {
      const id = await login.run(SOMEBODY, (tx) => scene.log.append(tx, scene.event()));
      assert.notEqual(await bodyOf(id), undefined);
    }
  });
});
