import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { digestOf } from '#pure/digest/digest.js';
import { encodeWaveform } from '#pure/waveform/waveform.js';
import { call, type CallOptions, eventually } from '../../../../test/harness/api.js';
import { withServer } from '../../../../test/harness/with-server.js';
import { createWorld, type World } from '../../../../test/harness/world.js';

interface Problem {
  readonly type: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string }[];
}

const BELL = { kind: 'complex', dims: [2, 2], samples: [0.7071067811865476, 0, 0, 0, 0, 0, 0.7071067811865476, 0] } as const;
const WAVE = { kind: 'real', dims: [4], samples: [0.1, 0.5, 0.9, 0.5] } as const;
const BELL_DIGEST = 'sha256:3d4c9b14d170e41352451eda082a22d1262507d3165b537dcfaadfcab7f83776';

describe('waveforms over HTTP', () => {
  let world: World;
  const server = withServer(async () => {
    world = await createWorld(server);
  });
  const ask = <T = Problem>(operation: string, json: unknown, options: CallOptions = {}) => call<T>(server, 'POST', `/v1/waveforms/${operation}`, { token: world.owner.token, json, ...options });
  const raw = (operation: string, text: string, type = 'application/json') => call<Problem>(server, 'POST', `/v1/waveforms/${operation}`, { token: world.owner.token, raw: text, headers: { 'content-type': type } });

  it('digests the worked vector, for everybody who is logged in', async () => {
    const answer = await ask<{ digest: string }>('digest', BELL, { token: world.dave.token });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.body.digest, BELL_DIGEST);
    assert.equal(answer.headers.get('audit-event-id'), null);
    assert.equal((await call(server, 'POST', '/v1/waveforms/digest', { json: BELL })).status, 401);
  });

  it('describes a waveform, and says that this is no security function', async () => {
    const answer = await ask<Record<string, unknown>>('analyze', WAVE);
    assert.equal(answer.status, 200, answer.text);
    const { isSecurityFunction, elements, peak, dominant } = answer.body as { isSecurityFunction: boolean; elements: number; peak: number; dominant: { bin: number[]; frequency: number[]; phaseRadians: number } };
    assert.deepEqual([isSecurityFunction, elements, peak, dominant.bin, dominant.frequency], [false, 4, 0.9, [1], [0.25]]);
    assert.ok(Math.abs(dominant.phaseRadians) > 3.14159);
  });

  const refused: readonly [string, string, unknown, number, string][] = [
    ['fewer samples than dimensions say', 'digest', { ...WAVE, dims: [3], samples: [1, 2] }, 422, '/samples'],
    ['a dimension of nothing', 'digest', { ...WAVE, dims: [0], samples: [] }, 422, '/dims/0'],
    ['seventeen dimensions', 'analyze', { ...WAVE, dims: new Array<number>(17).fill(1), samples: [1] }, 422, '/dims'],
    ['a context that is not NFC', 'digest', { ...WAVE, context: 'e\u0301' }, 422, '/context'],
    ['a context that is too long', 'digest', { ...WAVE, context: 'a'.repeat(1025) }, 422, '/context'],
    ['a kind that there is not', 'digest', { ...WAVE, kind: 'quantum' }, 422, '/kind'],
    ['a sample that is a text', 'digest', { ...WAVE, samples: [1, '2', 3, 4] }, 422, '/samples/1'],
    ['a sample that is null, as JSON.stringify writes NaN', 'digest', { ...WAVE, samples: [NaN, 1, 2, 3] }, 422, '/samples/0'],
    ['samples in an object', 'digest', { ...WAVE, samples: { 0: 1 } }, 422, '/samples'],
    ['no samples', 'digest', { kind: 'real', dims: [1] }, 422, '/samples'],
    ['a member that there is not', 'digest', { ...WAVE, sampels: [] }, 422, '/sampels'],
    ['a key where none takes part', 'digest', { ...WAVE, key: 'k' }, 422, '/key'],
    ['no key where one must', 'tag', WAVE, 422, '/key'],
    ['no tag to verify', 'verify', { ...WAVE, key: 'k' }, 422, '/tag'],
    ['a tag where one is made', 'tag', { ...WAVE, key: 'k', tag: 't' }, 422, '/tag'],
    ['a key that is no name', 'tag', { ...WAVE, key: '../k' }, 422, '/key'],
    ['a key that there is not', 'tag', { ...WAVE, key: 'nothing' }, 404, '/key'],
    ['a list of waveforms', 'digest', [WAVE], 422, ''],
  ];
  for (const [name, operation, body, status, pointer] of refused) {
    it(`refuses ${name}, and names it`, async () => {
      const answer = await ask(operation, body);
      assert.equal(answer.status, status, answer.text);
      assert.ok(answer.body.errors?.some((error) => error.pointer === pointer), answer.text);
    });
  }

  it('refuses numbers that binary64 does not hold, bare NaN, and unpaired surrogates', async () => {
    const with_ = (samples: string, context = '""') => `{"kind":"real","dims":[1],"samples":[${samples}],"context":${context}}`;
    for (const [text, pointer] of [[with_('1e400'), '/samples/0'], [with_('NaN'), '/samples/0'], [with_('Infinity'), '/samples/0'], [with_('1e-400'), '/samples/0'], [with_('9007199254740993'), '/samples/0'], [with_('1', '"\\ud800"'), '/context']] as const) {
      const answer = await raw('digest', text);
      assert.equal(answer.status, 400, answer.text);
      assert.equal(answer.body.errors![0]!.pointer, pointer, text);
    }
    assert.equal((await raw('digest', with_(String(2 ** 60)))).status, 200, 'an integer beyond 2^53, as JavaScript writes the double that it is');
    assert.equal((await raw('digest', '{"kind":"real","kind":"real","dims":[1],"samples":[1]}')).status, 400);
    assert.equal((await raw('digest', '')).status, 400);
  });

  it('takes JSON and nothing that is called otherwise', async () => {
    const body = JSON.stringify(BELL);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1']) assert.equal((await raw('digest', body, type)).status, 415, type);
    assert.equal((await raw('digest', body, 'application/json; charset=utf-8')).status, 200);
  });

  it('tags and verifies under a key of a project, and keeps an entry of each with a keyed digest and no sample', async () => {
    const made = await call(server, 'POST', '/v1/transit/keys/waves', { token: world.owner.token, headers: { 'x-vault-namespace': 'red' }, json: { type: 'hmac', key_size: 32 } });
    assert.equal(made.status, 200, made.text);
    const where = { key: 'waves', project: 'red', context: 'tenant-a/container-7' };
    const tagged = await ask<{ tag: string; version: number }>('tag', { ...WAVE, ...where }, { token: world.alice.token });
    assert.equal(tagged.status, 200, tagged.text);
    assert.match(tagged.body.tag, /^qwh:v1:[A-Za-z0-9+/]{43}=$/);
    assert.ok(tagged.headers.has('audit-event-id'));
    const verdict = async (over: object): Promise<boolean> => (await ask<{ valid: boolean }>('verify', { ...WAVE, ...where, tag: tagged.body.tag, ...over })).body.valid;
    assert.deepEqual([await verdict({}), await verdict({ context: '' }), await verdict({ samples: [0.1, 0.5, 0.9, 0.6] }), await verdict({ tag: 'qwh:v9' })], [true, false, false, false]);
    assert.equal((await ask('tag', { ...WAVE, ...where, project: 'blue' })).status, 404, 'there is no such key in another project');
    assert.equal((await ask('tag', { ...WAVE, ...where }, { token: world.bob.token })).status, 404, 'another project answers as one that there is not');
    assert.equal((await ask('tag', { ...WAVE, ...where }, { token: world.carol.token })).status, 403);
    const path = `/v1/audit/entries/${tagged.headers.get('audit-event-id')}`;
    const { body: entry } = await eventually(() => call<{ entry: unknown }>(server, 'GET', path, { token: world.owner.token }), ({ body }) => body.entry !== null);
    assert.match(JSON.stringify(entry), /waveform\.tag/);
    assert.doesNotMatch(JSON.stringify(entry), /container-7|0\.9/);
  });

  it('leaves tags to this route: HMAC of what begins as an encoding is refused, each item by itself, and of other bytes given', async () => {
    const encoding = encodeWaveform({ ...WAVE, context: '' }).toString('base64');
    const hmac = (json: object) => call<{ data?: { hmac?: string; batch_results?: { hmac?: string; error?: string }[] }; errors?: string[] }>(server, 'POST', '/v1/transit/hmac/forged/sha2-256', { token: world.owner.token, headers: { 'x-vault-namespace': 'red' }, json });
    const made = await call(server, 'POST', '/v1/transit/keys/forged', { token: world.owner.token, headers: { 'x-vault-namespace': 'red' }, json: { type: 'hmac', key_size: 32 } });
    assert.equal(made.status, 200, made.text);
    for (const input of [encoding, Buffer.from('QWH1').toString('base64')]) {
      const answer = await hmac({ input });
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.body.errors![0]!, /QWH1/);
    }
    const { body } = await hmac({ batch_input: [{ input: encoding }, { input: Buffer.from('QWH').toString('base64') }] });
    assert.deepEqual(body.data!.batch_results!.map((item) => [item.hmac === undefined, item.error === undefined]), [[true, false], [false, true]]);
    assert.equal((await call(server, 'POST', '/v1/transit/keys/beside', { token: world.owner.token, headers: { 'x-vault-namespace': 'red' }, json: {} })).status, 200);
    const beside = await call(server, 'POST', '/v1/transit/hmac/beside/sha2-256', { token: world.owner.token, headers: { 'x-vault-namespace': 'red' }, json: { input: encoding } });
    assert.equal(beside.status, 200, 'the HMAC key of another key tags nothing');
  });

  it('reads what is large in a thread, to the same bytes, while others are answered', async () => {
    const dims = [512, 512];
    const samples = Array.from({ length: 512 * 512 }, (_, n) => Math.sin(n));
    const large = ask<{ digest: string }>('digest', { kind: 'real', dims, samples });
    const half = { kind: 'real', dims: [256, 512], samples: samples.slice(0, 2 ** 17) };
    const described = ask<{ dominant: { bin: number[] } }>('analyze', half);
    const answer = await large;
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.body.digest, digestOf(encodeWaveform({ kind: 'real', dims, samples, context: '' })));
    assert.equal((await described).body.dominant.bin.length, 2);
    const more = await ask('analyze', { kind: 'real', dims: [2 ** 17 + 1], samples: new Array<number>(2 ** 17 + 1).fill(1) });
    assert.deepEqual([more.status, more.body.errors![0]!.pointer], [422, '/dims']);
    const wrong = await ask('digest', { kind: 'real', dims, samples: [...samples.slice(1), 'x'] });
    assert.deepEqual([wrong.status, wrong.body.errors![0]!.pointer], [422, '/samples/262143']);
  });
});
