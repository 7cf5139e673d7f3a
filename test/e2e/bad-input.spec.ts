import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { call, loginOwner } from '../harness/api.js';
import { createHome, type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { BELL, wide } from './programs.js';

interface Problem {
  type: string;
  errors?: { pointer: string; code: string; line?: number; column?: number }[];
  bytesRequired?: number | string;
  bytesAllowed?: number | string;
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
  { what: 'a program over the size limit', json: { program: program(`${BELL}//${'x'.repeat(2_000_000)}`), shots: 1 }, status: 413, pointer: '' },
];

describe('bad input', () => {
  let home: TestHome;
  let server: RunningServer;
  let token: string;

  before(async () => {
    home = createHome();
    server = await startServer(home);
    token = await loginOwner(server);
  });
  after(async () => {
    await server.stop();
    await home.dispose();
  });

  const jobs = async (): Promise<string> => (await call(server, 'GET', '/v1/simulations', { token })).text;

  for (const { what, json, status, pointer } of SUBMISSIONS) {
    it(`refuses ${what}, names the field, and changes nothing`, async () => {
      const before = await jobs();
      const answer = await call<Problem>(server, 'POST', '/v1/simulations', { token, json });
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
      if (pointer) assert.ok(answer.body.errors?.some((error) => error.pointer === pointer), answer.text);
      assert.equal(await jobs(), before);
    });
  }

  it('says where in the program it went wrong', async () => {
    const answer = await call<Problem>(server, 'POST', '/v1/simulations', { token, json: { program: qasm('hadamard q[0];'), shots: 1 } });
    assert.deepEqual([answer.body.errors![0]!.line, answer.body.errors![0]!.column], [5, 1], answer.text);
  });

  it('refuses 40 qubits with the bytes needed and the bytes allowed, before spending one', async () => {
    const answer = await call<Problem>(server, 'POST', '/v1/simulations', { token, json: { program: program(wide(40)), shots: 1 } });
    assert.equal(answer.status, 422, answer.text);
    assert.equal(BigInt(answer.body.bytesRequired!), 2n ** 44n);
    assert.ok(BigInt(answer.body.bytesAllowed!) < 2n ** 44n);
  });

  const RAW: readonly { readonly what: string; readonly raw: string | Buffer; readonly status: number }[] = [
    { what: 'a body that is not JSON', raw: 'shots=1', status: 400 },
    { what: 'an empty body, which has none of the fields', raw: '', status: 422 },
    { what: 'JSON that is 50,000 deep', raw: '['.repeat(50_000) + ']'.repeat(50_000), status: 400 },
    { what: 'a NUL in a string', raw: '{"shots":1,"name":"a\\u0000b"}', status: 400 },
    { what: 'a lone surrogate', raw: '{"shots":1,"name":"\\ud800"}', status: 400 },
    { what: 'a key that stands twice', raw: '{"shots":1,"shots":2}', status: 400 },
    { what: 'a prototype key', raw: '{"__proto__":{"shots":1}}', status: 400 },
    { what: 'a constructor key', raw: '{"constructor":1}', status: 400 },
    { what: 'bytes that are not UTF-8', raw: Buffer.from([0x7b, 0xff, 0x7d]), status: 400 },
  ];
  for (const { what, raw, status } of RAW) {
    it(`refuses ${what}`, async () => {
      const answer = await call<Problem>(server, 'POST', '/v1/simulations', { token, raw, headers: { 'content-type': 'application/json' } });
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.body.type, /^urn:quantonium:problem:/);
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
});
