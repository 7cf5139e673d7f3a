import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type TestDatabase, openTestDatabase } from '../../../test/harness/postgres.js';
import { type RequestTrail, runWithTrail } from '../system/request-context.js';
import { ExpiredKeys } from './expired-keys.js';
import { type Deed, type IdempotentRequest, type Tx, entityManagerOf } from './unit-of-work.js';

const alice = systemPrincipal('alice');
const bob = systemPrincipal('bob');

function request(key: string, body = '{}', route = 'POST /v1/things'): IdempotentRequest {
  return { key, route, bodyDigest: createHash('sha256').update(body).digest() };
}

const isFault = (code: string) => (error: unknown) => error instanceof Fault && error.kind.code === code;

describe('a request with an Idempotency-Key', () => {
  let database: TestDatabase;
  before(async () => {
    database = await openTestDatabase();
    await database.query('CREATE TABLE public.thing (id text PRIMARY KEY); GRANT ALL ON public.thing TO PUBLIC');
  });
  beforeEach(() => database.query('DELETE FROM public.thing; DELETE FROM platform.idempotency_key'));
  after(() => database.close());

  let made = 0;
  const make = async (tx: Tx): Promise<Deed<string>> => {
    const id = `thing-${(made += 1)}`;
    await entityManagerOf(tx).query('INSERT INTO public.thing VALUES ($1)', [id]);
    return { resourceId: id, value: `made ${id}` };
  };
  const replay = (_tx: Tx, id: string): Promise<string> => Promise.resolve(`replayed ${id}`);
  const things = async (): Promise<string[]> => (await database.query<{ id: string }>('SELECT id FROM public.thing')).map(({ id }) => id);
  const keys = (): Promise<object[]> => database.query('SELECT * FROM platform.idempotency_key');

  it('is done once, and the same resource is given afterwards', async () => {
    const first = await database.app.runOnce(alice, request('k'), make, replay);
    const [id] = await things();
    assert.equal(first, `made ${id}`);
    assert.equal(await database.app.runOnce(alice, request('k'), make, replay), `replayed ${id}`);
    assert.deepEqual(await things(), [id]);
  });

  it('tells the pipeline of a replay, so that no event is owed', async () => {
    const trail: RequestTrail = { requestId: 'r', source: { ipAddress: '192.0.2.1', userAgent: null }, trace: null, committedEvents: [], replayedStatus: null };
    await runWithTrail(trail, () => database.app.runOnce(alice, request('k'), make, replay));
    assert.equal(trail.replayedStatus, null);
    await runWithTrail(trail, () => database.app.runOnce(alice, request('k'), make, replay));
    assert.equal(trail.replayedStatus, 201);
  });

  it('is done every time without a key, and nothing is kept', async () => {
    await database.app.runOnce(alice, null, make, replay);
    await database.app.runOnce(alice, null, make, replay);
    assert.equal((await things()).length, 2);
    assert.deepEqual(await keys(), []);
  });

  it('refuses the key with another body, and changes nothing', async () => {
    await database.app.runOnce(alice, request('k', '{"a":1}'), make, replay);
    const before = await keys();
    await assert.rejects(database.app.runOnce(alice, request('k', '{"a":2}'), make, replay), isFault('idempotency-key-reused'));
    assert.equal((await things()).length, 1);
    assert.deepEqual(await keys(), before);
  });

  it('means another deed under another principal, or another route', async () => {
    await database.app.runOnce(alice, request('k'), make, replay);
    await database.app.runOnce(bob, request('k'), make, replay);
    await database.app.runOnce(alice, request('k', '{}', 'POST /v1/others'), make, replay);
    assert.equal((await things()).length, 3);
  });

  it('does not show a secret twice, and names the resource', async () => {
    const makeSecret = async (tx: Tx): Promise<Deed<string>> => ({ ...(await make(tx)), secret: true });
    await database.app.runOnce(alice, request('k'), makeSecret, replay);
    const [id] = await things();
    await assert.rejects(database.app.runOnce(alice, request('k'), makeSecret, () => assert.fail('replayed')), (error) => isFault('idempotency-replay-refused')(error) && (error as Fault).context.members?.['resourceId'] === id);
  });

  it('leaves the key free when the deed fails', async () => {
    await assert.rejects(database.app.runOnce(alice, request('k'), () => Promise.reject(new Error('no')), replay));
    assert.deepEqual(await keys(), []);
    await database.app.runOnce(alice, request('k'), make, replay);
    assert.equal((await things()).length, 1);
  });

  it('has exactly one effect however many arrive at once', async () => {
    const answers = await Promise.all(Array.from({ length: 16 }, () => database.app.runOnce(alice, request('race'), make, replay)));
    const [id, ...others] = await things();
    assert.deepEqual(others, []);
    assert.equal(answers.filter((answer) => answer === `made ${id}`).length, 1);
    assert.equal(answers.filter((answer) => answer === `replayed ${id}`).length, 15);
  });

  it('is done by one of those that wait when the first fails', async () => {
    const begun = Promise.withResolvers<void>();
    const fail = Promise.withResolvers<void>();
    const first = database.app.runOnce(alice, request('race'), async () => {
      begun.resolve();
      await fail.promise;
      throw new Error('no');
    }, replay);
    await begun.promise;
    const others = [1, 2].map(() => database.app.runOnce(alice, request('race'), make, replay));
    fail.resolve();
    await assert.rejects(first, /no/);
    const answers = await Promise.all(others);
    const [id] = await things();
    assert.deepEqual(answers.sort(), [`made ${id}`, `replayed ${id}`]);
  });

  it('refuses one of two different bodies that arrive at once under one key', async () => {
    const outcomes = await Promise.allSettled(['1', '2'].map((body) => database.app.runOnce(alice, request('race', body), make, replay)));
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.equal((await things()).length, 1);
  });

  it('is forgotten after 24 hours, and may then mean something else', async () => {
    await database.app.runOnce(alice, request('k', 'old'), make, replay);
    const [row] = await database.query<{ hours: string }>("SELECT extract(epoch FROM expires_at - now()) / 3600 AS hours FROM platform.idempotency_key");
    assert.ok(Number(row!.hours) > 23.9 && Number(row!.hours) <= 24);
    await database.query("UPDATE platform.idempotency_key SET expires_at = now() - interval '1 second'");
    assert.match(await database.app.runOnce(alice, request('k', 'new'), make, replay), /^made/);
    assert.equal((await things()).length, 2);
    assert.match(await database.app.runOnce(alice, request('k', 'new'), make, replay), /^replayed/);
  });

  it('keeps status and resource id and nothing of the body or the answer', async () => {
    await database.app.runOnce(alice, request('k', 'the body'), async (tx) => ({ ...(await make(tx)), status: 202 }), replay);
    const [row] = await keys();
    assert.deepEqual(Object.keys(row!).sort(), ['body_digest', 'expires_at', 'key', 'principal_id', 'resource_id', 'route', 'shown_once', 'status']);
    assert.equal((row as { status: number }).status, 202);
    const trail: RequestTrail = { requestId: 'r', source: { ipAddress: '192.0.2.1', userAgent: null }, trace: null, committedEvents: [], replayedStatus: null };
    await runWithTrail(trail, () => database.app.runOnce(alice, request('k', 'the body'), make, replay));
    assert.equal(trail.replayedStatus, 202, 'the status that was kept, and not that of a deed which was not done');
  });

  it('is swept once it has expired, and not before', async () => {
    for (const key of ['a', 'b', 'c']) await database.app.runOnce(alice, request(key), make, replay);
    const sweeper = new ExpiredKeys(database.app);
    assert.equal(await sweeper.remove(), 0);
    await database.query("UPDATE platform.idempotency_key SET expires_at = now() WHERE key <> 'c'");
    assert.equal(await sweeper.remove(), 2);
    assert.equal((await keys()).length, 1);
  });
});
