import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { rootOfLeaves } from '#pure/merkle/compact-range.js';
import { leafHash } from '#pure/merkle/hashing.js';
import { type Answer, call, eventually } from '../harness/api.js';
import { openInsider } from '../harness/insider.js';
import { bind, createPerson, createWorld, type Person, type World } from '../harness/world.js';
import { withServer } from '../harness/with-server.js';

type Data = Record<string, unknown> & { readonly batch_results?: readonly Record<string, unknown>[] };
interface Body {
  readonly data: Data;
  readonly errors?: readonly string[];
  readonly request_id?: string;
}

const b64 = (text: string): string => Buffer.from(text).toString('base64');
const UNDECRYPTABLE = '{"errors":["cipher: message authentication failed"]}';

describe('working with keys over HTTP', () => {
  let world: World;
  let keeper: Person;
  const server = withServer(async () => {
    world = await createWorld(server);
    keeper = await createPerson(server, world.owner.token, 'keeper');
    await bind(server, world.owner.token, keeper.id, 'key-manager', `project:${world.red}`);
    for (const [name, json] of [['orders', {}], ['signing', { type: 'ed25519' }], ['docs', { type: 'ecdsa-p256' }], ['sops', { type: 'rsa-2048' }], ['tenants', { derived: true, convergent_encryption: true }]] as const) {
      const made = await send('POST', `keys/${name}`, { json });
      assert.equal(made.status, 200, made.text);
    }
  });

  interface Sent {
    readonly json?: unknown;
    readonly raw?: string | Uint8Array;
    readonly token?: string;
    readonly namespace?: string;
    readonly headers?: Readonly<Record<string, string>>;
  }
  const send = (method: string, path: string, { json, raw, token = keeper.token, namespace = 'red', headers = {} }: Sent = {}): Promise<Answer<Body>> =>
    call<Body>(server, method, `/v1/transit/${path}`, { ...(json === undefined ? {} : { json }), ...(raw === undefined ? {} : { raw }), headers: { 'x-vault-token': token, 'x-vault-namespace': namespace, ...headers } });
  const data = async (path: string, json: unknown, method = 'POST'): Promise<Data> => {
    const answer = await send(method, path, { json });
    assert.equal(answer.status, 200, answer.text);
    return answer.body.data;
  };
  const refused = async (path: string, json: unknown, message: string | RegExp): Promise<void> => {
    const answer = await send('POST', path, { json });
    assert.equal(answer.status, 400, answer.text);
    const said = answer.body.errors!.join('; ');
    assert.ok(typeof message === 'string' ? said === message : message.test(said), said);
  };
  /** The entry that an answer names, once it is under a checkpoint. */
  const entryOf = async (answer: Answer<unknown>): Promise<string> => {
    const id = answer.headers.get('audit-event-id');
    const found = await eventually(() => call(server, 'GET', `/v1/audit/entries/${id}`, { token: world.carol.token }), ({ status }) => status === 200);
    return found.text;
  };

  it('encrypts, decrypts and encrypts anew, in the envelope that clients unwrap', async () => {
    const answer = await send('POST', 'encrypt/orders', { json: { plaintext: b64('hello'), name: 'orders' } });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(Object.keys(answer.body), ['request_id', 'lease_id', 'renewable', 'lease_duration', 'data', 'wrap_info', 'warnings', 'auth', 'mount_type']);
    assert.equal(answer.body.request_id, answer.headers.get('x-request-id'));
    assert.match(answer.headers.get('content-type')!, /^application\/json/);
    const { ciphertext } = answer.body.data;
    assert.deepEqual(await data('decrypt/orders', { ciphertext }), { plaintext: b64('hello') });
    assert.deepEqual(await data('decrypt/orders', { ciphertext: (await data('rewrap/orders', { ciphertext }))['ciphertext'] }), { plaintext: b64('hello') });
    const key = await send('GET', 'keys/orders');
    assert.ok(key.text.includes('"latest_version":1'));
  });

  it('takes what its clients send: PUT, two slashes, a bearer, text as the type, numbers in quotes', async () => {
    const { ciphertext } = await data('encrypt/orders', { plaintext: b64('x'), key_version: '1' }, 'PUT');
    const bearer = await call<Body>(server, 'POST', '/v1/transit//decrypt/orders', { token: keeper.token, raw: JSON.stringify({ ciphertext }), headers: { 'content-type': 'text/plain;charset=UTF-8', 'x-vault-namespace': 'red/' } });
    assert.equal(bearer.body.data['plaintext'], b64('x'), bearer.text);
  });

  it('signs as cosign asks and verifies with the path that it builds', async () => {
    const input = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from('image'))).toString('base64');
    const signed = await data('sign/docs/sha2-256', { input, prehashed: true, key_version: '0', signature_algorithm: 'pkcs1v15' }, 'PUT');
    assert.deepEqual(await data('verify/docs//sha2-256', { input, prehashed: true, signature: signed['signature'] }, 'PUT'), { valid: true });
    assert.deepEqual(await data('verify/docs/sha2-256', { input: b64('image'), signature: signed['signature'] }), { valid: true });
    assert.deepEqual(await data('verify/docs/sha2-512', { input: b64('image'), signature: signed['signature'] }), { valid: false });
  });

  it('wraps what sops wraps, with a key that anybody could encrypt to', async () => {
    const { ciphertext } = await data('encrypt/sops', { plaintext: b64('a data key of 32 bytes, or so ...') }, 'PUT');
    assert.deepEqual(await data('decrypt/sops', { ciphertext }, 'PUT'), { plaintext: b64('a data key of 32 bytes, or so ...') });
    await refused('encrypt/sops', { plaintext: b64('x'), associated_data: b64('y') }, 'associated_data is not supported by keys of this type');
    await refused('encrypt/sops', { plaintext: b64('x'.repeat(300)) }, /at most \d+ bytes/);
    const flipped = Buffer.from(String(ciphertext).slice(9), 'base64');
    flipped[7]! ^= 1;
    assert.equal((await send('POST', 'decrypt/sops', { json: { ciphertext: `vault:v1:${flipped.toString('base64')}` } })).text, UNDECRYPTABLE);
  });

  it('makes data keys, codes and random bytes, and says that nothing about those is quantum', async () => {
    for (const bits of [128, 256, 512]) {
      const made = await data('datakey/plaintext/orders', { bits });
      assert.equal(Buffer.from(String(made['plaintext']), 'base64').length, bits / 8);
      assert.deepEqual(await data('decrypt/orders', { ciphertext: made['ciphertext'] }), { plaintext: made['plaintext'] });
    }
    assert.equal('plaintext' in (await data('datakey/wrapped/orders', {})), false);
    assert.equal((await send('POST', 'datakey/both/orders')).status, 404);
    const { hmac } = await data('hmac/signing/sha2-512', { input: b64('x') });
    assert.deepEqual(await data('verify/signing/sha2-512', { input: b64('x'), hmac }), { valid: true });
    const random = await data('random', { bytes: 16, format: 'hex' });
    assert.match(String(random['random_bytes']), /^[0-9a-f]{32}$/);
    assert.match(`${String(random['source'])}: ${String(random['description'])}`, /platform: .*not a quantum source/);
    for (const [path, bytes] of [['random/40', 40], ['random/platform', 32], ['random/platform/131072', 131_072]] as const) assert.equal(Buffer.from(String((await data(path, {}))['random_bytes']), 'base64').length, bytes);
    for (const path of ['random/0', 'random/131073', 'random/1.5', 'random/quantum', 'random/quantum/32']) assert.equal((await send('POST', path)).status, 400, path);
    assert.deepEqual(await data('hash/sha2-256', { input: b64('abc') }), { sum: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' });
    assert.deepEqual(await data('hash', { input: b64('abc'), algorithm: 'sha2-256', format: 'base64' }), { sum: 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=' });
    await refused('hash/sha1', { input: b64('abc') }, 'unsupported hash algorithm');
  });

  it('records each request once, with digests of what it was about and never the thing itself', async () => {
    const secret = b64('nobody will read this in a ledger');
    const answer = await send('POST', 'encrypt/orders', { json: { batch_input: [{ plaintext: secret }, { plaintext: 'no base64' }, { plaintext: secret }] } });
    assert.equal(answer.status, 400);
    const text = await entryOf(answer);
    const entry = JSON.parse(text) as { unmapped?: Record<string, unknown>; entry?: { unmapped: Record<string, unknown> }; body?: { unmapped: Record<string, unknown> } };
    const unmapped = (entry.unmapped ?? entry.entry?.unmapped ?? entry.body?.unmapped)!;
    assert.deepEqual([unmapped['count'], unmapped['failed'], unmapped['versions'], unmapped['projectId']], [3, 1, ['1'], world.red]);
    const items = unmapped['items'] as string[];
    assert.deepEqual([items.length, items[0] === items[2], items[0] === items[1]], [3, true, false]);
    for (const form of [secret, 'nobody will read']) assert.equal(text.includes(form), false);
    const failed = await send('POST', 'decrypt/orders', { json: { ciphertext: 'vault:v1:AAAA' } });
    assert.match(await entryOf(failed), /"Failure"/);
  });

  /** What the entry of an answer says beside what every entry says. */
  const factsOf = async (answer: Answer<unknown>): Promise<Record<string, unknown>> => {
    assert.notEqual(answer.headers.get('audit-event-id'), null, answer.text);
    const entry = JSON.parse(await entryOf(answer)) as { unmapped?: Record<string, unknown>; entry?: { unmapped: Record<string, unknown> }; body?: { unmapped: Record<string, unknown> } };
    return (entry.unmapped ?? entry.entry?.unmapped ?? entry.body?.unmapped)!;
  };
  const codesOf = async (path: string, sent: Sent): Promise<readonly string[]> => {
    const since = await latestEntries();
    const answer = await send('POST', path, sent);
    await factsOf(answer);
    return (await latestEntries()).filter(({ id }) => !since.some((known) => known.id === id)).filter(({ requestId }) => requestId === answer.headers.get('x-request-id')).map(({ code }) => code);
  };
  const latestEntries = async (): Promise<readonly { readonly id: string; readonly code: string; readonly requestId: string }[]> => {
    const insider = await openInsider(server.home);
    try {
      return (await insider.query(`SELECT id, convert_from(body, 'UTF8')::json #>> '{metadata,event_code}' AS code, convert_from(body, 'UTF8')::json #>> '{metadata,correlation_uid}' AS "requestId" FROM audit.entry`)) as never;
    } finally {
      await insider.close();
    }
  };

  const WHOLE: readonly (readonly [string, string, Sent, string])[] = [
    ['a key that there is not', 'decrypt/nothing', { json: { ciphertext: '' } }, 'transit-key-unknown'],
    ['a key of the wrong type', 'sign/orders', { json: { input: '' } }, 'transit-refused'],
    ['a body that is no JSON', 'encrypt/orders', { raw: '{"plaintext":' }, 'malformed-json'],
    ['a batch of too many', 'encrypt/orders', { json: { batch_input: Array.from({ length: 10_001 }, () => ({ plaintext: '' })) } }, 'invalid-request'],
    ['a large body that is no JSON', 'encrypt/orders', { raw: `{"plaintext":"${'A'.repeat(300_000)}"` }, 'malformed-json'],
    ['an unknown hash', 'sign/docs/sha1', { json: { input: '' } }, 'transit-refused'],
  ];
  for (const [what, path, sent, reason] of WHOLE) {
    it(`records that it refused ${what}, once`, async () => {
      const answer = await send('POST', path, sent);
      const text = await entryOf(answer);
      assert.match(text, /"Failure"/);
      assert.equal((await factsOf(answer))['reason'], reason, text);
      assert.equal(text.includes('"type":"key"'), path === 'sign/orders', 'the key as far as it was known');
      assert.deepEqual(await codesOf(path, sent), [`crypto.${path.split('/')[0]}`]);
    });
  }

  it('leaves to the pipeline what looks like an attack and what was denied, and records it once', async () => {
    assert.deepEqual(await codesOf('encrypt/orders', { raw: '{"plaintext":"","plaintext":""}' }), ['access.denied']);
    assert.deepEqual(await codesOf('encrypt/orders', { json: { plaintext: '' }, token: world.carol.token }), ['access.denied']);
  });

  it('says of an entry what was made and how: data keys in clear, digests, paddings, and which items failed', async () => {
    for (const kind of ['plaintext', 'wrapped']) assert.equal((await factsOf(await send('POST', `datakey/${kind}/orders`, { json: {} })))['dataKey'], kind);
    const digest = Buffer.alloc(32, 1).toString('base64');
    const docs = await factsOf(await send('POST', 'sign/docs', { json: { input: digest, prehashed: true } }));
    assert.deepEqual([docs['prehashed'], docs['algorithm'], docs['hash']], [true, undefined, 'sha2-256']);
    const signed = await send('POST', 'sign/sops', { json: { input: digest, signature_algorithm: 'pkcs1v15' } });
    const rsa = await factsOf(signed);
    assert.deepEqual([rsa['prehashed'], rsa['algorithm']], [false, 'pkcs1v15']);
    const { signature } = signed.body.data;
    const items = [{ input: digest, signature }, { input: '', signature }, { input: digest }, { input: digest, signature }];
    const verified = await factsOf(await send('POST', 'verify/sops', { json: { signature_algorithm: 'pkcs1v15', batch_input: items } }));
    assert.deepEqual([verified['count'], verified['failed'], verified['failedItems'], verified['invalid'], verified['invalidItems']], [4, 1, '20', 1, '40']);
    const many = await factsOf(await send('POST', 'encrypt/orders', { json: { partial_failure_response_code: 200, batch_input: Array.from({ length: 300 }, (_, n) => ({ plaintext: n === 299 ? '!' : '' })) } }));
    assert.deepEqual([many['itemsCount'], many['failedItems']], [300, `${'00'.repeat(37)}10`]);
    const failed = await factsOf(await send('POST', 'decrypt/orders', { json: { ciphertext: 'vault:v1:AAAA' } }));
    assert.deepEqual([failed['reason'], failed['failedItems']], ['transit-undecryptable', undefined]);
  });

  it('shows how often a version was used for what, and when last, to who reads its key', async () => {
    const made = await send('POST', 'keys/counted', { json: {} });
    assert.equal('usage' in made.body.data, false, made.text);
    assert.deepEqual((await data('keys/counted', undefined, 'GET'))['usage'], {});
    const { ciphertext } = await data('encrypt/counted', { plaintext: '' });
    await data('decrypt/counted', { batch_input: [{ ciphertext }, { ciphertext }] });
    await send('POST', 'keys/counted/rotate');
    await data('encrypt/counted', { plaintext: '' });
    type Usage = Readonly<Record<string, Readonly<Record<string, { readonly uses: number; readonly last_used_at: string }>>>>;
    const usageOf = ({ body }: Answer<Body>): Usage => body.data['usage'] as Usage;
    const key = await eventually(() => send('GET', 'keys/counted'), (answer) => usageOf(answer)['2']?.['encrypt'] !== undefined);
    const usage = usageOf(key);
    assert.deepEqual([usage['1']!['encrypt']!.uses, usage['1']!['decrypt']!.uses, usage['2']!['encrypt']!.uses], [1, 2, 1]);
    assert.ok(Math.abs(Date.parse(usage['2']!['encrypt']!.last_used_at) - Date.parse(key.headers.get('date')!)) < 60_000);
    assert.deepEqual(Object.keys(usageOf(await send('GET', 'keys/counted?before=2'))), ['1'], 'of the versions that are shown');
  });

  const MALFORMED: readonly (readonly [string, (good: string) => string])[] = [
    ['nothing', () => ''],
    ['another prefix', (good) => good.replace('vault', 'vaults')],
    ['version 0', (good) => good.replace('v1', 'v0')],
    ['a leading zero', (good) => good.replace('v1', 'v01')],
    ['a version beyond any', (good) => good.replace('v1', 'v99999999999')],
    ['a version that is not there yet', (good) => good.replace('v1', 'v2')],
    ['a negative version', (good) => good.replace('v1', 'v-1')],
    ['a field too many', (good) => `${good}:AAAA`],
    ['base64 without its padding', (good) => good.replace(/=+$/, '')],
    ['base64 of URLs', (good) => `vault:v1:${Buffer.from(good.slice(9), 'base64').toString('base64url')}`],
    ['white space', (good) => `${good} `],
    ['the end cut off', (good) => `vault:v1:${Buffer.from(good.slice(9), 'base64').subarray(0, -1).toString('base64')}`],
    ['all but the nonce cut off', (good) => `vault:v1:${Buffer.from(good.slice(9), 'base64').subarray(0, 12).toString('base64')}`],
  ];
  for (const [what, spoil] of MALFORMED) {
    it(`answers a ciphertext with ${what} like every other that cannot be decrypted`, async () => {
      const good = String((await data('encrypt/orders', { plaintext: b64('twelve bytes') }))['ciphertext']);
      for (const operation of ['decrypt', 'rewrap']) {
        const answer = await send('POST', `${operation}/orders`, { json: { ciphertext: spoil(good) } });
        assert.deepEqual([answer.status, answer.text], [400, UNDECRYPTABLE]);
        const batch = await send('POST', `${operation}/orders`, { json: { batch_input: [{ ciphertext: spoil(good) }] } });
        assert.deepEqual([batch.status, batch.body.data.batch_results], [400, [{ error: 'cipher: message authentication failed' }]]);
      }
    });
  }

  it('opens nothing of which one bit is another', async () => {
    const good = Buffer.from(String((await data('encrypt/orders', { plaintext: b64('every bit') }))['ciphertext']).slice(9), 'base64');
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length * 8 - 1), async (bit) => {
        const flipped = Buffer.from(good);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        const { status, text } = await send('POST', 'decrypt/orders', { json: { ciphertext: `vault:v1:${flipped.toString('base64')}` } });
        return status === 400 && text === UNDECRYPTABLE;
      }),
      { numRuns: 40 },
    );
  });

  const BAD: readonly (readonly [string, string, unknown, RegExp])[] = [
    ['a nonce', 'encrypt/orders', { plaintext: '', nonce: 'AAAAAAAAAAAAAAAA' }, /^nonce provided when not allowed$/],
    ['a nonce with a convergent key', 'encrypt/tenants', { plaintext: '', context: b64('a'), nonce: 'AAAAAAAAAAAAAAAA' }, /^nonce provided when not allowed$/],
    ['no plaintext', 'encrypt/orders', {}, /^missing plaintext to encrypt$/],
    ['no ciphertext', 'decrypt/orders', {}, /^missing ciphertext to decrypt$/],
    ['a plaintext that is no base64', 'encrypt/orders', { plaintext: 'hello!' }, /plaintext: .*base64/],
    ['a plaintext that is a number', 'encrypt/orders', { plaintext: 17 }, /plaintext: .*base64/],
    ['a version that is a fraction', 'encrypt/orders', { plaintext: '', key_version: 1.5 }, /key_version: an integer/],
    ['a version of 1e30', 'encrypt/orders', { plaintext: '', key_version: 1e30 }, /key_version/],
    ['a version below none', 'encrypt/orders', { plaintext: '', key_version: -1 }, /key_version/],
    ['a version that is not there', 'encrypt/orders', { plaintext: '', key_version: 2 }, /^requested version for encryption is higher than the latest key version$/],
    ['bits that are none', 'datakey/plaintext/orders', { bits: 192 }, /^invalid bit length$/],
    ['bits of 1e30', 'datakey/plaintext/orders', { bits: 1e30 }, /bits/],
    ['no context', 'encrypt/tenants', { plaintext: '' }, /^missing 'context' for key derivation/],
    ['a batch of nothing', 'encrypt/orders', { batch_input: [] }, /^missing batch input to process$/],
    ['a batch that is no list', 'encrypt/orders', { batch_input: 'all' }, /batch_input: an array/],
    ['10,001 items', 'encrypt/orders', { batch_input: Array.from({ length: 10_001 }, () => ({ plaintext: '' })) }, /at most 10000 items/],
    ['a key that signs', 'encrypt/signing', { plaintext: '' }, /^message encryption not supported for key type ed25519$/],
    ['a key that encrypts', 'sign/orders', { input: '' }, /^key type aes256-gcm96 does not support signing$/],
    ['a key that there is not', 'encrypt/nothing', { plaintext: '' }, /^encryption key not found$/],
    ['a signing key that there is not', 'sign/nothing', { input: '' }, /^signing key not found$/],
    ['an algorithm of old', 'sign/docs/sha1', { input: '' }, /^unsupported hash algorithm$/],
    ['a marshalling that is none', 'sign/docs', { input: '', marshaling_algorithm: 'xml' }, /^unsupported marshaling_algorithm$/],
    ['a signature that is none', 'verify/docs', { input: '', signature: 'x' }, /^invalid signature: no prefix$/],
    ['a status that has no body', 'encrypt/orders', { batch_input: [{}], partial_failure_response_code: 204 }, /partial_failure_response_code/],
  ];
  for (const [what, path, json, message] of BAD) {
    it(`refuses ${what} at ${path}, and says why`, () => refused(path, json, message));
  }

  it('refuses a body that is no JSON, and one of 33 MiB', async () => {
    for (const raw of ['{', '[]', '{"plaintext":"","plaintext":""}', '"x"', '{"plaintext":"\\u0000"}']) assert.equal((await send('POST', 'encrypt/orders', { raw })).status, 400, raw);
    const large = await send('POST', 'encrypt/orders', { raw: Buffer.alloc(33 * 1024 * 1024, 0x20) }).catch(() => null);
    if (large !== null) assert.equal(large.status, 413);
    assert.equal((await call(server, 'GET', '/health/live')).status, 200);
  });

  it('does what is large as it does what is small', async () => {
    const plaintext = Buffer.alloc(3 * 1024 * 1024, 7).toString('base64');
    const { ciphertext } = await data('encrypt/orders', { plaintext });
    assert.equal((await data('decrypt/orders', { ciphertext }))['plaintext'] === plaintext, true);
    const items = Array.from({ length: 1_000 }, (_, n) => ({ plaintext: b64(String(n)), reference: String(n) }));
    const answer = await send('POST', 'encrypt/orders', { json: { batch_input: items } });
    assert.deepEqual(answer.body.data.batch_results!.map(({ reference }) => reference), items.map(({ reference }) => reference));
    const told = /"itemsCount":1000,"itemsRoot":"([0-9a-f]{64})"/.exec(await entryOf(answer))?.[1];
    const list = await call(server, 'GET', `/v1/audit/entries/${answer.headers.get('audit-event-id')}/items`, { token: world.carol.token });
    assert.equal(list.status, 200, list.text);
    const leaves = list.text.trimEnd().split('\n').map((digest) => leafHash(Buffer.from(digest, 'hex')));
    assert.deepEqual([leaves.length, rootOfLeaves(leaves).toString('hex')], [1_000, told]);
    const few = await send('POST', 'encrypt/orders', { json: { plaintext: '' } });
    assert.equal((await call(server, 'GET', `/v1/audit/entries/${few.headers.get('audit-event-id')}/items`, { token: world.carol.token })).status, 404);
  });

  it('answers for a key of another project as for one that there is not', async () => {
    const foreign = async (name: string, namespace: string): Promise<[number, string]> => {
      const { status, text } = await send('POST', `encrypt/${name}`, { json: { plaintext: '' }, namespace });
      return [status, text];
    };
    assert.deepEqual(await foreign('orders', 'blue'), await foreign('orders', 'no-such-project'));
    assert.deepEqual(await foreign('orders', 'blue'), await foreign('nothing', 'blue'));
    for (const [name, namespace] of [['orders', 'blue'], ['nothing', 'blue'], ['orders', 'no-such-project']] as const) {
      assert.equal((await send('POST', `encrypt/${name}`, { json: { plaintext: '' }, namespace })).headers.get('audit-event-id'), null, 'an entry is no sign of a project');
    }
    await bind(server, world.owner.token, keeper.id, 'key-manager', `project:${world.blue}`);
    assert.deepEqual(await foreign('orders', 'blue'), await foreign('nothing', 'blue'), 'there it is nobody’s');
    for (const name of ['orders', 'nothing']) assert.equal((await factsOf(await send('POST', `encrypt/${name}`, { json: { plaintext: '' }, namespace: 'blue' })))['reason'], 'transit-key-unknown');
    assert.deepEqual(await foreign('orders', 'blue'), [400, '{"errors":["encryption key not found"]}']);
  });

  it('lets each do what their role names: encrypt alone, encrypt anew alone, wrapped data keys alone, sign with one hash', async () => {
    const { ciphertext } = await data('encrypt/orders', { plaintext: '' });
    const CALLS: Readonly<Record<string, readonly [string, unknown]>> = {
      'encrypt': ['encrypt/orders', { plaintext: '' }],
      'decrypt': ['decrypt/orders', { ciphertext }],
      'rewrap': ['rewrap/orders', { ciphertext }],
      'datakey-plaintext': ['datakey/plaintext/orders', {}],
      'datakey-wrapped': ['datakey/wrapped/orders', {}],
      'hmac': ['hmac/orders', { input: '' }],
      'sign': ['sign/docs', { input: '' }],
      'verify': ['verify/docs', { input: '', hmac: 'vault:v1:AAAA' }],
    };
    for (const verb of ['encrypt', 'rewrap', 'datakey-wrapped'] as const) {
      const token = await holderOf(`only-${verb}`, [{ effect: 'allow', resource: 'keys', verbs: [verb] }]);
      for (const [other, [path, json]] of Object.entries(CALLS)) assert.equal((await send('POST', path, { json, token })).status, other === verb ? 200 : 403, `${verb}: ${path}`);
    }
    const signer = await holderOf('only-sha384', [{ effect: 'allow', resource: 'keys', verbs: ['sign'], where: { hash: { $in: ['sha2-384'] } } }]);
    for (const [path, json, status] of [['sign/docs/sha2-384', {}, 200], ['sign/docs', { hash_algorithm: 'sha2-384' }, 200], ['sign/docs', {}, 403], ['sign/docs/sha2-512', {}, 403], ['sign/docs/sha2-512', { hash_algorithm: 'sha2-384' }, 403]] as const) {
      assert.equal((await send('POST', path, { json: { input: '', ...json }, token: signer })).status, status, path);
    }
  });

  /** Somebody who has this one role in red. */
  const holderOf = async (name: string, rules: readonly object[]): Promise<string> => {
    // Of roles that somebody wrote there is no route yet.
    const insider = await openInsider(server.home);
    await insider.query('INSERT INTO rbac.role (id, name, builtin, description, rules) VALUES ($1, $1, false, $1, $2)', [name, JSON.stringify([{ effect: 'allow', resource: 'projects', verbs: ['read'] }, ...rules])]).finally(() => insider.close());
    const person = await createPerson(server, world.owner.token, name);
    await bind(server, world.owner.token, person.id, name, `project:${world.red}`);
    return person.token;
  };

  it('has the plaintext in no row and no line of its log', async () => {
    const canary = 'CANARY-4f1c9e-plaintext-of-somebody';
    for (const json of [{ plaintext: b64(canary) }, { plaintext: b64(canary), key_version: 99 }, { batch_input: [{ plaintext: b64(canary), nonce: 'x' }] }]) await send('POST', 'encrypt/orders', { json });
    const { ciphertext } = await data('encrypt/orders', { plaintext: b64(canary) });
    await data('decrypt/orders', { ciphertext });
    for (const form of [canary, b64(canary).slice(0, 40)]) assert.equal(server.output().includes(form), false);
  });
});
