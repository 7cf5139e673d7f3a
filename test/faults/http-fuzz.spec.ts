import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { authorizationAt, call, loginOwner } from '../harness/api.js';
import { createHome, type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { BELL } from '../e2e/programs.js';
import { FAULT_ROUNDS, FAULT_SEED, generator, pick } from './parameters.js';

interface OpenApi {
  paths: Record<string, Record<string, { parameters?: { name: string; in: string; schema: { examples: string[] } }[] }>>;
}

/** Values that have broken parsers, validators, drivers and databases before. */
const NASTY: readonly unknown[] = [
  null, true, 0, -1, 0.5, 1e308, 2 ** 53, '', ' ', '0', '\u0000', '\ud800', '\u202e', '\ufeff', "'; drop table audit.entry; --", '${7*7}', '../../etc/passwd', '%00', 'a'.repeat(10_000),
  [], [[]], [null], {}, { '': '' }, { constructor: 1 }, { toString: 1 }, '00000000-0000-0000-0000-000000000000', '1970-01-01T00:00:00Z',
];

/** A tree of JSON with one part replaced, removed or added. */
function mutate(value: unknown, random: () => number): unknown {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && random() < 0.8) {
    const copy: Record<string, unknown> = { ...(value as Record<string, unknown>) };
    const keys = Object.keys(copy);
    const key = keys.length > 0 && random() < 0.8 ? pick(random, keys) : pick(random, ['x', '', 'constructor', 'id', 'project']);
    if (random() < 0.2) delete copy[key];
    else copy[key] = random() < 0.5 ? mutate(copy[key], random) : pick(random, NASTY);
    return copy;
  }
  if (typeof value === 'string' && value.length > 0 && random() < 0.7) {
    const at = Math.floor(random() * value.length);
    return value.slice(0, at) + String.fromCharCode(Math.floor(random() * 0x250)) + value.slice(at + (random() < 0.5 ? 1 : 0));
  }
  return pick(random, NASTY);
}

const SEEDS: Readonly<Record<string, unknown>> = {
  '/v1/simulations': { program: { language: 'openqasm2', source: BELL }, shots: 5, seed: 1 },
  '/v1/auth/login': { username: 'owner', password: 'not the right phrase', scope: 'read:data' },
  '/v1/users': { username: 'somebody', displayName: 'Some Body' },
  '/v1/projects': { slug: 'fuzzed', name: 'Fuzzed' },
  '/v1/role-bindings': { subjectId: '00000000-0000-7000-8000-000000000000', role: 'viewer', scope: 'global' },
  '/v1/auth/password': { currentPassword: 'x', newPassword: 'y' },
};
/** Not fuzzed: they would end the session that fuzzes. */
const SPARED = /\/(logout|disable)$/;

describe(`random requests (seed ${FAULT_SEED})`, () => {
  let home: TestHome;
  let server: RunningServer;
  let token: string;

  before(async () => {
    home = createHome();
    server = await startServer(home);
    token = await loginOwner(server);
  });
  after(async () => {
    assert.equal(await server.stop(), 0);
    await home.dispose();
  });

  it('get a 4xx or a 2xx, never a 5xx, and the server stays well', async () => {
    const { paths } = (await call<OpenApi>(server, 'GET', '/openapi.json')).body;
    const routes = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { parameters = [] }]) => ({ path, method: method.toUpperCase(), parameters })));
    assert.ok(routes.some(({ path }) => path.startsWith('/v2/')), 'the registry is among them');
    const random = generator();
    const statuses = new Map<number, number>();
    for (let round = 0; round < FAULT_ROUNDS * 150; round += 1) {
      const { path, method, parameters } = pick(random, routes);
      if (SPARED.test(path)) continue;
      /* Half of the segments are what the documentation shows, or nothing would get past the first. */
      const shown = (segment: string): string | undefined => parameters.find(({ name, in: place }) => place === 'path' && `{${name}}` === segment)?.schema.examples[0];
      const target = path.replace(/\{[^}]+\}/g, (segment) => (random() < 0.5 ? shown(segment) : undefined) ?? encodeURIComponent(String(pick(random, NASTY.filter((value) => typeof value === 'string' && value.length < 2000 && !/[\ud800-\udfff]/.test(value))))));
      const query = random() < 0.2 ? `?${pick(random, ['limit', 'cursor', 'digest', 'x', 'limit=1&limit'])}=${encodeURIComponent(pick(random, ['0', '-1', '1e9', 'x', '%00', 'a'.repeat(3000)]))}` : '';
      const json = method === 'GET' || method === 'HEAD' || method === 'DELETE' ? undefined : mutate(SEEDS[path] ?? {}, random);
      const answer = await call(server, method, target + query, { ...(random() < 0.9 ? { headers: await authorizationAt(server, path, token) } : {}), ...(json === undefined ? {} : { json }) });
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      /* 503 is what a seam to the outside may answer; nothing outside was broken here. */
      assert.ok(answer.status < 500, `round ${round}: ${method} ${target}${query} ${JSON.stringify(json)?.slice(0, 500)} → ${answer.status} ${answer.text}`);
    }
    console.log(`statuses: ${JSON.stringify(Object.fromEntries([...statuses].sort()))}`);
    assert.equal((await call(server, 'GET', '/health/ready')).status, 200);
  });
});
