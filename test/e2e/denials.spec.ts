import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Answer, call, eventually, loginOwner } from '../harness/api.js';
import { rawHttp } from '../harness/raw-http.js';
import { installedHome } from '../harness/installed-home.js';
import { type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { createWorld, type World } from '../harness/world.js';
import { BELL } from './programs.js';

interface Entry {
  readonly actor: { readonly user: { readonly uid: string } };
  readonly unmapped: { readonly route: string; readonly faultCode: string; readonly suspicion?: string; readonly count: number; readonly targets: readonly string[]; readonly targetsTotal: number };
}

describe('denials on a whole server', () => {
  let home: TestHome;
  let server: RunningServer;
  let world: World;
  let job: string;

  before(async () => {
    home = await installedHome();
    server = await startServer(home);
    world = await createWorld(server);
    const submitted = await call<{ id: string }>(server, 'POST', '/v1/simulations', { token: world.alice.token, json: { program: { language: 'openqasm2', source: BELL }, shots: 1, project: 'red' } });
    job = submitted.body.id;
  });
  after(async () => {
    await server.stop();
    await home.dispose();
  });

  /** The denials that the ledger shows, once there are those that are awaited. */
  async function denials(token: string, areAwaited: (found: readonly Entry[]) => boolean): Promise<readonly Entry[]> {
    const read = (answer: Answer): Entry[] => answer.text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Entry);
    const answer = await eventually(
      () => call(server, 'GET', '/v1/audit/entries?code=access.denied', { token, headers: { accept: 'application/x-ndjson' } }),
      (given) => given.status === 200 && areAwaited(read(given)),
    );
    return read(answer);
  }

  it('stand in the ledger, those that were told as an absence and those of no request among them', async () => {
    const stranger = await call(server, 'GET', '/v1/users');
    const auditor = await call(server, 'POST', '/v1/users', { token: world.carol.token, json: { username: 'mallory' } });
    const foreign = await call(server, 'GET', `/v1/simulations/${job}`, { token: world.bob.token });
    const absent = await call(server, 'GET', '/v1/simulations/0198c0de-0000-7000-8000-000000000001', { token: world.bob.token });
    assert.deepEqual([stranger.status, auditor.status, foreign.status, absent.status], [401, 403, 404, 404]);
    for (const { headers } of [stranger, auditor]) assert.match(headers.get('audit-event-id')!, /^[0-9a-f-]{36}$/);
    const namesOf = ({ headers }: Answer): string[] => [...headers.keys()].sort();
    assert.deepEqual(namesOf(foreign), namesOf(absent), 'no header tells the one from the other');
    const port = Number(new URL(server.url).port);
    assert.equal((await rawHttp(port, 'POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')).status, 400);
    const found = await denials(world.owner.token, (entries) => entries.some(({ unmapped }) => unmapped.suspicion === 'framing'));
    const told = found.map(({ actor, unmapped: { route, faultCode, suspicion } }) => [actor.user.uid, route, faultCode, suspicion ?? 'none'].join(' · '));
    for (const denial of [
      ['anonymous', 'GET /v1/users', 'unauthenticated', 'none'],
      [world.carol.id, 'POST /v1/users', 'forbidden', 'none'],
      [world.bob.id, 'GET /v1/simulations/:id', 'not-found', 'none'],
      ['anonymous', 'unrouted', 'malformed-request', 'framing'],
    ]) {
      const line = denial.join(' · ');
      assert.equal(told.filter((each) => each === line).length, 1, `${line}\n${told.join('\n')}`);
    }
  });

  it('are told as a first and a number, and none is forgotten when the server ends', async () => {
    const paths = Array.from({ length: 40 }, (_, n) => `/v1/simulations/${job}/${n % 2 === 0 ? 'result' : 'receipt'}`);
    const answers = await Promise.all(paths.map((path) => call(server, 'GET', path, { token: world.bob.token })));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [404]);
    await server.stop();
    server = await startServer(home);
    const token = await loginOwner(server);
    const ofBob = (entries: readonly Entry[]): readonly Entry[] => entries.filter(({ actor, unmapped }) => actor.user.uid === world.bob.id && /result|receipt/.test(unmapped.route));
    const sum = (entries: readonly Entry[]): number => ofBob(entries).reduce((total, { unmapped }) => total + unmapped.count, 0);
    const found = ofBob(await denials(token, (entries) => sum(entries) >= 40));
    assert.equal(sum(found), 40);
    // Two routes; a minute that ended meanwhile makes it two more of each.
    assert.ok(found.length >= 4 && found.length <= 8, `${found.length} entries`);
    for (const { unmapped } of found) assert.deepEqual([unmapped.targets.length, unmapped.targetsTotal], [1, 1]);
  });
});
