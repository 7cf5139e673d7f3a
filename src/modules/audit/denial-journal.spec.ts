import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import { runWithTrail } from '#platform/system/request-context.js';
import { HandClock } from '../../../test/harness/hand-clock.js';
import { type LedgerScene, openLedgerScene } from '../../../test/harness/ledger.js';
import type { DeniedRequest } from './denial-journal.js';

const ANN: Principal = { ...systemPrincipal('spec'), id: '0198c0de-0000-7000-8000-000000000007', kind: 'user' };
const MINUTE = 60_000;

/** What a body says, as far as these specs ask. */
interface Body {
  readonly metadata: { readonly event_code: string; readonly correlation_uid?: string };
  readonly actor: { readonly user: { readonly uid: string } };
  readonly src_endpoint?: { readonly uid: string };
  readonly status_id: number;
  readonly severity_id: number;
  readonly count?: number;
  readonly start_time?: number;
  readonly end_time?: number;
  readonly unmapped: Readonly<Record<string, unknown>> & { readonly count: number; readonly targets: readonly string[] };
}

describe('the journal of denials', () => {
  const clock = new HandClock(1_763_800_000_000 - (1_763_800_000_000 % MINUTE));
  let scene: LedgerScene;
  before(async () => void (scene = await openLedgerScene({ clock })));
  after(() => scene.close());
  /** Each spec begins in a minute of its own, with nothing untold behind it. */
  let seen = 0;
  beforeEach(async () => {
    clock.millis += 10 * MINUTE;
    await scene.journal.settle();
    seen = (await bodies(0)).length;
  });

  async function bodies(from = seen): Promise<Body[]> {
    const rows = await scene.query<{ body: Buffer }>('SELECT body FROM audit.entry ORDER BY id OFFSET $1', [from]);
    return rows.map(({ body }) => JSON.parse(body.toString()) as Body);
  }

  const request = (over: Partial<DeniedRequest> = {}): DeniedRequest => ({ route: 'GET /v1/users/:id', target: '/v1/users/1', code: 'forbidden', status: 403, permission: 'users:read', suspicion: null, principal: ANN, ...over });

  const requestIdOf = (n: number): string => `0198c0de-0000-7000-8000-${String(n).padStart(12, '0')}`;
  function denied(over: Partial<DeniedRequest> = {}, ipAddress = '192.0.2.1', n = 1): Promise<void> {
    const trail = { requestId: requestIdOf(n), source: { ipAddress, userAgent: null }, trace: null, committedEvents: [], replayedStatus: null };
    return runWithTrail(trail, () => scene.journal.record(request(over)));
  }

  it('writes the first of a minute at once, with who, where, what for and from where', async () => {
    await denied();
    const [body, ...others] = await bodies();
    assert.equal(others.length, 0);
    assert.deepEqual([body!.metadata.event_code, body!.metadata.correlation_uid, body!.actor.user.uid, body!.status_id], ['access.denied', requestIdOf(1), ANN.id, 2]);
    assert.match(body!.src_endpoint!.uid, /^[A-Za-z0-9_-]{16}$/);
    const { targets, personal: _ciphertext, ...facts } = body!.unmapped;
    assert.deepEqual(facts, { count: 1, route: 'GET /v1/users/:id', faultCode: 'forbidden', httpStatus: 403, permission: 'users:read', targetsTotal: 1 });
    assert.match(targets[0]!, /^[0-9a-f]{16}$/);
  });

  it('tells the rest when the minute is over, as one entry with their number, their time and their targets', async () => {
    for (const [n, target] of ['/v1/users/1', '/v1/users/2', '/v1/users/1', '/v1/users/2'].entries()) {
      await denied({ target }, '192.0.2.1', n);
      clock.millis += 1_000;
    }
    await scene.journal.settle();
    assert.equal((await bodies()).length, 1, 'the minute is not over');
    clock.millis += MINUTE;
    await scene.journal.settle();
    await scene.journal.settle();
    const [first, rest, ...others] = await bodies();
    assert.equal(others.length, 0);
    assert.deepEqual([rest!.unmapped.count, rest!.count, rest!.end_time! - rest!.start_time!], [3, 3, 2_000]);
    assert.deepEqual([rest!.unmapped['targetsTotal'], rest!.unmapped.targets.length, rest!.metadata.correlation_uid], [2, 2, undefined]);
    assert.ok(rest!.unmapped.targets.includes(first!.unmapped.targets[0]!), 'one target, one digest');
    assert.deepEqual(rest!.src_endpoint, first!.src_endpoint);
  });

  it('tells strangers apart by their network, and shows of neither network nor path anything', async () => {
    const stranger = { principal: null, code: 'unauthenticated', status: 401 };
    for (const address of ['192.0.2.1', '192.0.2.1', '2001:db8::1', '2001:db8::2']) await denied(stranger, address);
    clock.millis += MINUTE;
    await scene.journal.settle();
    const told = await bodies();
    assert.deepEqual(told.map(({ unmapped }) => unmapped.count), [1, 1, 1, 1]);
    assert.deepEqual([...new Set(told.map(({ actor }) => actor.user.uid))], ['anonymous']);
    assert.equal(new Set(told.map(({ src_endpoint }) => src_endpoint!.uid)).size, 2);
    assert.doesNotMatch(JSON.stringify(told), /192\.0\.2|2001:db8|users\/1/);
  });

  it('says what a refusal looked like, and calls a failure of ours one', async () => {
    await denied({ code: 'malformed-request', status: 400, suspicion: 'framing', permission: null });
    clock.millis += 1;
    await denied({ code: 'internal-error', status: 500 });
    const [attack, failure] = await bodies();
    assert.deepEqual([attack!.metadata.event_code, attack!.unmapped['suspicion'], attack!.unmapped['permission']], ['access.denied', 'framing', undefined]);
    assert.deepEqual([failure!.metadata.event_code, failure!.severity_id, failure!.unmapped['httpStatus']], ['request.fail', 3, 500]);
  });

  it('begins anew in the next minute, also where nobody has settled the last', async () => {
    await denied();
    await denied();
    clock.millis += MINUTE;
    await denied();
    assert.equal((await bodies()).length, 2);
    await scene.journal.settle();
    assert.deepEqual((await bodies()).map(({ unmapped }) => unmapped.count), [1, 1, 1]);
  });

  it('tells what it has counted when the process ends', async () => {
    await denied();
    await denied();
    await scene.journal.onApplicationShutdown();
    assert.deepEqual((await bodies()).map(({ unmapped }) => unmapped.count), [1, 1]);
  });

  it('makes of 30,000 denials of many actors on many routes no more than a thousand entries, and counts each once', async () => {
    const flood: Promise<void>[] = [];
    for (let n = 0; n < 30_000; n += 1) {
      const principal = n % 2 === 0 ? null : { ...ANN, id: requestIdOf(n) };
      flood.push(denied({ principal, route: `GET /${n % 500}`, target: `/${n}` }, `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, n));
    }
    await Promise.all(flood);
    clock.millis += MINUTE;
    await scene.journal.settle();
    const told = await bodies();
    assert.ok(told.length <= 1_028, `${told.length} entries`);
    assert.equal(told.reduce((sum, { unmapped }) => sum + unmapped.count, 0), 30_000);
    const collective = told.filter(({ unmapped }) => unmapped['route'] === 'many');
    assert.deepEqual([...new Set(collective.map(({ unmapped }) => unmapped['actors']))].sort(), ['principals', 'strangers']);
    for (const { unmapped } of collective.filter(({ unmapped }) => unmapped.count > 1)) {
      assert.equal(unmapped.targets.length, 64);
      assert.ok(Number(unmapped['targetsTotal']) > 7_500, String(unmapped['targetsTotal']));
    }
    const [{ bytes }] = (await scene.query<{ bytes: string }>('SELECT max(length(body)) AS bytes FROM audit.entry')) as [{ bytes: string }];
    assert.ok(Number(bytes) < 3_000, `${bytes} bytes`);
  });

  describe('while the database refuses', () => {
    before(async () => void (await scene.query('REVOKE EXECUTE ON FUNCTION audit.append FROM quantonium_app')));
    const comeBack = (): Promise<unknown> => scene.query('GRANT EXECUTE ON FUNCTION audit.append TO quantonium_app');
    after(comeBack);

    it('never rejects, keeps what it could not write, and loses beyond its room what it then confesses', async () => {
      await denied();
      await denied();
      await scene.journal.settle();
      for (let minute = 0; minute < 4; minute += 1) {
        clock.millis += MINUTE;
        await Promise.all(Array.from({ length: 600 }, (_, n) => denied({ principal: { ...ANN, id: requestIdOf(n) }, route: `GET /${minute}` }, '192.0.2.1', n)));
        await scene.journal.settle();
      }
      assert.deepEqual(await bodies(), []);
      await comeBack();
      clock.millis += MINUTE;
      await scene.journal.settle();
      const told = await bodies();
      const confession = told.filter(({ metadata }) => metadata.event_code === 'audit.denials.lost');
      assert.equal(confession.length, 1);
      assert.equal(told.reduce((sum, { unmapped }) => sum + unmapped.count, 0), 2 + 4 * 600);
      assert.ok(confession[0]!.unmapped.count > 0);
      assert.equal(told.length, 1_024 + 1);
      assert.match(await scene.metrics.registry.metrics(), new RegExp(`^quantonium_audit_denials_lost_total ${confession[0]!.unmapped.count}$`, 'm'));
      assert.equal(told.find(({ unmapped }) => unmapped['route'] === 'GET /v1/users/:id')?.src_endpoint?.uid.length, 16, 'told late, and still from where');
    });
  });
});
