import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Answer, call, eventually, loginOwner } from '../harness/api.js';
import { CREATIONS, type Creation, type Ground, prepareGround } from '../harness/creations.js';
import { installedHome } from '../harness/installed-home.js';
import { type RunningServer, startServer, type TestHome } from '../harness/server.js';
import type { PointOf } from './crash-points.js';

/** What is there when nobody has repeated anything yet. */
const LEFT: Readonly<Record<PointOf<'idempotency-crash'>, number>> = {
  'database.idempotency.before-commit': 0,
  'database.idempotency.after-commit': 1,
};

interface Answered {
  readonly id?: string;
  readonly deliveryId?: string;
  readonly resourceId?: string;
}

/** The client of every creation loses the server before it is answered, and does what it should: asks again with its key. */
describe('a server killed in the middle of what is made', () => {
  let home: TestHome;
  let ground: Ground;

  before(async () => {
    home = await installedHome();
    await running({}, async (server, token) => (ground = await prepareGround(server, token)));
  });
  after(() => home.dispose());

  async function running(environment: Readonly<Record<string, string>>, work: (server: RunningServer, token: string) => Promise<unknown>): Promise<void> {
    const server = await startServer(home, environment);
    await work(server, await loginOwner(server));
    await server.stop();
  }

  const listed = (server: RunningServer, token: string, { list }: Creation): Promise<Answer<{ readonly items: readonly { readonly id: string; readonly state: string }[] }>> =>
    call(server, 'GET', `${list(ground)}?limit=100`, { token });
  const ids = async (server: RunningServer, token: string, creation: Creation): Promise<readonly string[]> => (await listed(server, token, creation)).body.items.map(({ id }) => id);

  const send = (server: RunningServer, token: string, { path, body }: Creation, n: number): Promise<Answer<Answered>> => {
    const json = body(ground, n);
    return call<Answered>(server, 'POST', path(ground), { token, headers: { 'idempotency-key': `crash-${n}` }, ...(json === undefined ? {} : { json }) });
  };

  for (const [n, [at, left]] of Object.entries(LEFT).entries()) {
    it(`at ${at} has made ${left} of each, and one when it is asked again`, { timeout: 600_000 }, async () => {
      /** Of the creation that the last server died of: seen and repeated by the next. */
      let pending = null as { readonly creation: Creation; readonly known: readonly string[] } | null;
      const settle = async (server: RunningServer, token: string): Promise<void> => {
        if (pending === null) return;
        const { creation, known } = pending;
        const fresh = async (): Promise<readonly string[]> => (await ids(server, token, creation)).filter((id) => !known.includes(id));
        assert.equal((await fresh()).length, left, creation.route);
        const again = await send(server, token, creation, n);
        assert.ok(again.status < 300 || (again.status === 409 && left === 1 && creation.shownOnce === true), `${creation.route}: ${again.text}`);
        const { id, deliveryId, resourceId } = again.body;
        assert.deepEqual(await fresh(), [resourceId ?? id ?? deliveryId], creation.route);
        // What would be joined is over before the next is asked for: the servers to come live for a moment each.
        const { joinedWhile } = creation;
        if (joinedWhile !== undefined) await eventually(() => listed(server, token, creation), ({ body }) => body.items.every(({ state }) => !joinedWhile.includes(state)));
      };
      for (const creation of CREATIONS) {
        // The repetition of the one before passes the place first, unless it is refused.
        const nth = pending === null || (left === 1 && pending.creation.shownOnce === true) ? 1 : 2;
        await running({ QUANTONIUM_CRASH_AT: `${at}:${nth}` }, async (server, token) => {
          await settle(server, token);
          pending = { creation, known: await ids(server, token, creation) };
          const [answer] = await Promise.all([send(server, token, creation, n).catch(() => null), server.exited]);
          assert.equal(answer, null);
          assert.ok(server.output().split('\n').includes(`crash point ${at}`), 'the kill landed elsewhere');
        });
      }
      await running({}, settle);
    });
  }
});
