import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, it } from 'node:test';
import { call, loginOwner } from '../harness/api.js';
import { type RunningServer, startServer } from '../harness/server.js';
import { withServer } from '../harness/with-server.js';
import { BELL, wide } from './programs.js';

interface Problem {
  type: string;
  errors?: { pointer: string; code: string; line?: number; column?: number }[];
  bytesRequired?: number;
  bytesAllowed?: number;
}

const program = (source: string): unknown => ({ language: 'openqasm2', source });
const qasm = (body: string): unknown => program(`OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\n${body}\nmeasure q -> c;\n`);

/** What is sent, and the refusal it earns: status, and the pointer of the field. */
const SUBMISSIONS: readonly { readonly what: string; readonly json: unknown; readonly status: number; readonly pointer: string }[] = [
  { what: 'no shots', json: { program: program(BELL) }, status: 422, pointer: '/shots' },
  { what: '0 shots', json: { program: program(BELL), shots: 0 }, status: 422, pointer: '/shots' },
  { what: 'negative shots', json: { program: program(BELL), shots: -1 }, status: 422, pointer: '/shots' },
  { what: 'a thousand million shots', json: { program: program(BELL), shots: 1e9 }, status: 422, pointer: '/shots' },
  { what: 'shots as a string', json: { program: program(BELL), shots: '10' }, status: 422, pointer: '/shots' },
  { what: 'half a shot', json: { program: program(BELL), shots: 0.5 }, status: 422, pointer: '/shots' },
  { what: 'an unknown field', json: { program: program(BELL), shots: 1, shotz: 1 }, status: 422, pointer: '/shotz' },
  { what: 'an unknown nested field', json: { program: { language: 'openqasm2', source: BELL, x: 1 }, shots: 1 }, status: 422, pointer: '/program/x' },
  { what: 'a program that is a list', json: { program: [], shots: 1 }, status: 422, pointer: '/program' },
  { what: 'a language that is not', json: { program: { language: 'quil', source: BELL }, shots: 1 }, status: 422, pointer: '/program/language' },
  { what: 'a gate that does not exist', json: { program: qasm('hadamard q[0];'), shots: 1 }, status: 422, pointer: '/program/source' },
  { what: 'an angle that is missing', json: { program: qasm('rx q[0];'), shots: 1 }, status: 422, pointer: '/program/source' },
  { what: 'a seed below zero', json: { program: program(BELL), shots: 1, seed: -1 }, status: 422, pointer: '/seed' },
  { what: 'a program over the size limit', json: { program: program(`${BELL}//${'x'.repeat(2_000_000)}`), shots: 1 }, status: 413, pointer: '/program/source' },
];

const GIBIBYTE = 2 ** 30;
const ID = '00000000-0000-7000-8000-000000000000';

/** A good body of each route that takes one: each of its texts in turn is made into what no text may be. */
const BODIES: Readonly<Record<string, Record<string, unknown>>> = {
  '/v1/simulations': { program: program(BELL), shots: 1, method: 'automatic', precision: 'double', outputs: ['counts'], noise: { model: 'none' }, parameters: { theta: 'x' }, project: 'default', name: 'a' },
  '/v1/auth/login': { username: 'owner', password: 'not the right phrase', scope: 'read:data' },
  '/v1/auth/password': { currentPassword: 'not the right phrase', newPassword: 'another phrase altogether' },
  '/v1/users': { username: 'somebody', password: 'a phrase for somebody new', displayName: 'Some Body' },
  '/v1/projects': { slug: 'a-project', name: 'A project' },
  '/v1/role-bindings': { subjectId: ID, role: 'viewer', scope: 'global', expiresAt: '2099-01-01T00:00:00Z' },
  '/v1/service-accounts': { name: 'nightly' },
};
const UNFIT = [{ what: 'a NUL', text: 'a\u0000b', code: 'nul-character' }, { what: 'a lone surrogate', text: 'a\ud800b', code: 'lone-surrogate' }] as const;

/** Pointers of all texts in a body. */
function textsIn(value: unknown, pointer = ''): string[] {
  if (typeof value === 'string') return [pointer];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => textsIn(member, `${pointer}/${name}`));
}

function withText(body: unknown, pointer: string, text: string): unknown {
  const copy = structuredClone(body) as Record<string, unknown>;
  const path = pointer.slice(1).split('/');
  const last = path.pop()!;
  let place = copy;
  for (const name of path) place = place[name] as Record<string, unknown>;
  place[last] = text;
  return copy;
}

describe('bad input', () => {
  let token: string;

  const server = withServer(async () => {
    token = await loginOwner(server);
  }, { SIMULATION_MEMORY_BYTES_MAX: String(24 * GIBIBYTE) });

  /** Everything that these requests could have made, as the server shows it. */
  const state = async (): Promise<string> => (await Promise.all(['simulations', 'users', 'projects', 'role-bindings', 'service-accounts'].map(async (path) => (await call(server, 'GET', `/v1/${path}`, { token })).text))).join('\n');

  for (const { what, json, status, pointer } of SUBMISSIONS) {
    it(`refuses ${what}, names the field, and changes nothing`, async () => {
      const before = await state();
      const answer = await call<Problem>(server, 'POST', '/v1/simulations', { token, json });
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
      assert.ok(answer.body.errors?.some((error) => error.pointer === pointer), answer.text);
      assert.equal(await state(), before);
    });
  }

  it('says where in the program it went wrong', async () => {
    const answer = await call<Problem>(server, 'POST', '/v1/simulations', { token, json: { program: qasm('hadamard q[0];'), shots: 1 } });
    assert.deepEqual([answer.body.errors![0]!.line, answer.body.errors![0]!.column], [5, 1], answer.text);
  });

  it('says how large a program may be, and how large a body', async () => {
    const send = (bytes: number) => call<Problem>(server, 'POST', '/v1/simulations', { token, json: { program: program(`${BELL}//${'x'.repeat(bytes)}`), shots: 1 } });
    const long = await send(1024 * 1024);
    assert.deepEqual([long.status, long.body.type, long.body.errors?.map(({ pointer, code }) => [pointer, code])], [413, 'urn:quantonium:problem:program-too-large', [['/program/source', 'program-too-large']]], long.text);
    /* Over the limit of the body nothing of it is read, so no field can be named. */
    const longer = await send(5 * 1024 * 1024);
    assert.deepEqual([longer.status, longer.body.type, longer.body.errors, longer.body.bytesAllowed], [413, 'urn:quantonium:problem:body-too-large', undefined, 4 * 1024 * 1024], longer.text);
  });

  it('refuses 40 qubits with the bytes needed and the bytes allowed, before spending one', async () => {
    const answer = await call<Problem>(server, 'POST', '/v1/simulations', { token, json: { program: program(wide(40)), shots: 1, method: 'statevector' } });
    assert.equal(answer.status, 422, answer.text);
    assert.deepEqual([answer.body.bytesRequired, answer.body.bytesAllowed], [2 ** 44, 25_769_803_776], answer.text);
    assert.deepEqual(answer.body.errors, [{ pointer: '/program/source', code: 'too-large' }]);
  });

  const RAW: readonly { readonly what: string; readonly raw: string | Buffer; readonly status: number; readonly errors: readonly (readonly [pointer: string, code: string])[] }[] = [
    { what: 'a body that is not JSON', raw: 'shots=1', status: 400, errors: [['', 'syntax']] },
    { what: 'a body with something behind the JSON', raw: '{} {}', status: 400, errors: [['', 'trailing-content']] },
    { what: 'an empty body, which has none of the fields', raw: '', status: 422, errors: [['/program', 'required'], ['/shots', 'required']] },
    { what: 'JSON that is 50,000 deep', raw: '['.repeat(50_000) + ']'.repeat(50_000), status: 400, errors: [['/0'.repeat(32), 'too-deep']] },
    { what: 'a NUL in a string', raw: '{"shots":1,"name":"a\\u0000b"}', status: 400, errors: [['/name', 'nul-character']] },
    { what: 'a lone surrogate', raw: '{"shots":1,"name":"\\ud800"}', status: 400, errors: [['/name', 'lone-surrogate']] },
    { what: 'a key that stands twice', raw: '{"shots":1,"shots":2}', status: 400, errors: [['/shots', 'duplicate-name']] },
    { what: 'a prototype key', raw: '{"__proto__":{"shots":1}}', status: 400, errors: [['/__proto__', 'forbidden-name']] },
    { what: 'a constructor key', raw: '{"constructor":1}', status: 400, errors: [['/constructor', 'forbidden-name']] },
    { what: 'bytes that are not UTF-8', raw: Buffer.from([0x7b, 0xff, 0x7d]), status: 400, errors: [['', 'invalid-utf-8']] },
    { what: 'a lone surrogate in bytes', raw: Buffer.from('{"name":"\u00ed\u00a0\u0080"}', 'latin1'), status: 400, errors: [['', 'invalid-utf-8']] },
  ];
  for (const { what, raw, status, errors } of RAW) {
    it(`refuses ${what}, says where, and changes nothing`, async () => {
      const before = await state();
      const answer = await call<Problem>(server, 'POST', '/v1/simulations', { token, raw, headers: { 'content-type': 'application/json' } });
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
      assert.match(answer.body.type, /^urn:quantonium:problem:/);
      assert.deepEqual(answer.body.errors?.map(({ pointer, code }) => [pointer, code]), errors, answer.text);
      assert.equal(await state(), before);
    });
  }

  for (const [path, body] of Object.entries(BODIES)) {
    it(`refuses a NUL and a lone surrogate in every text of ${path}, names the field, and changes nothing`, async () => {
      const before = await state();
      for (const pointer of textsIn(body)) {
        for (const { what, text, code } of UNFIT) {
          const method = path === '/v1/auth/password' ? 'PUT' : 'POST';
          const answer = await call<Problem>(server, method, path, { ...(path === '/v1/auth/login' ? {} : { token }), json: withText(body, pointer, text) });
          assert.equal(answer.status, 400, `${what} in ${pointer}: ${answer.text}`);
          assert.equal(answer.body.type, 'urn:quantonium:problem:malformed-json');
          assert.deepEqual(answer.body.errors?.map((error) => [error.pointer, error.code]), [[pointer, code]], answer.text);
        }
      }
      assert.equal(await state(), before);
    });
  }

  it('refuses a content type that is not JSON', async () => {
    const answer = await call(server, 'POST', '/v1/simulations', { token, raw: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    assert.equal(answer.status, 415);
  });

  it('answers a wrong password and an unknown user alike', async () => {
    const wrong = await call<Problem>(server, 'POST', '/v1/auth/login', { json: { username: 'owner', password: 'not the right phrase' } });
    const unknown = await call<Problem>(server, 'POST', '/v1/auth/login', { json: { username: 'nobody', password: 'not the right phrase' } });
    assert.equal(wrong.status, 401);
    assert.equal(unknown.status, 401);
    assert.equal(wrong.body.type, unknown.body.type);
    assert.deepEqual(Object.keys(wrong.body).sort(), Object.keys(unknown.body).sort());
  });

  it('refuses a forged token, whatever is wrong with it', async () => {
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
    for (const forged of ['', 'x', `${none}.${payload}.`, `${header}.${payload}.`, `${header}.${payload}.${signature.slice(1)}A`, `${header}.${payload}.${signature}.`, `${token}=`]) {
      const answer = await call(server, 'GET', '/v1/simulations', { headers: { authorization: `Bearer ${forged}` } });
      assert.equal(answer.status, 401, forged);
      assert.ok(answer.headers.get('www-authenticate'));
    }
  });

  it('refuses a token that another installation has signed, in every other way as good as ours', async () => {
    const [header, payload] = token.split('.') as [string, string];
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const signature = sign('sha256', Buffer.from(`${header}.${payload}`), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
    assert.equal((await call(server, 'GET', '/v1/auth/me', { token: `${header}.${payload}.${signature}` })).status, 401);
    const own = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: 'theirs' })).toString('base64url');
    const named = sign('sha256', Buffer.from(`${own}.${payload}`), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
    assert.equal((await call(server, 'GET', '/v1/auth/me', { token: `${own}.${payload}.${named}` })).status, 401);
  });

  it('refuses a token that has expired, and one whose time has not come', async () => {
    /* A replica whose clock is eleven minutes ahead: a token lives ten. It is preloaded, since no setting moves the clock. */
    const ahead = encodeURIComponent('const now = Date.now; Date.now = () => now() + 660_000;');
    const later = await startServer(server.home, { QUANTONIUM_ROLES: 'api', NODE_OPTIONS: `--import=data:text/javascript,${ahead}` });
    try {
      const fresh = await loginOwner(later);
      const me = (at: RunningServer, bearer: string) => call<Problem>(at, 'GET', '/v1/auth/me', { token: bearer });
      assert.equal((await me(later, fresh)).status, 200);
      for (const answer of [await me(later, token), await me(server, fresh)]) {
        assert.deepEqual([answer.status, answer.body.type], [401, 'urn:quantonium:problem:unauthenticated'], answer.text);
        assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/);
      }
      assert.equal((await me(server, token)).status, 200);
    } finally {
      await later.stop();
    }
  });
});
