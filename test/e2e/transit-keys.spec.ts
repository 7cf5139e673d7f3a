import assert from 'node:assert/strict';
import { constants, createCipheriv, createHash, createPublicKey, generateKeyPairSync, publicEncrypt, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { type Answer, call, type CallOptions, loginOwner } from '../harness/api.js';
import { withServer } from '../harness/with-server.js';
import { bind, createPerson, createProject, type Person } from '../harness/world.js';

interface KeyData {
  readonly name: string;
  readonly type: string;
  readonly latest_version: number;
  readonly min_decryption_version: number;
  readonly auto_rotate_period: number;
  readonly deletion_allowed: boolean;
  readonly imported_key: boolean;
  readonly soft_deleted: boolean;
  readonly keys: Readonly<Record<string, unknown>>;
  /** Of the wrapping key. */
  readonly public_key: string;
}
interface Envelope {
  readonly request_id: string;
  readonly data: KeyData;
  readonly warnings: readonly string[] | null;
  readonly errors?: readonly string[];
}

/** The routes of keys as a client of Vault walks them: one server, an owner, and somebody with a role in one of two projects. */
describe('keys over HTTP', () => {
  let owner = '';
  let ann: Person;
  const server = withServer(async () => {
    owner = await loginOwner(server);
    const red = await createProject(server, owner, 'red');
    await createProject(server, owner, 'blue');
    ann = await createPerson(server, owner, 'ann');
    await bind(server, owner, ann.id, 'key-manager', `project:${red}`);
  });

  const ask = (method: string, path: string, json?: unknown, { token = owner, namespace = 'red', ...rest }: Omit<CallOptions, 'token'> & { token?: string; namespace?: string } = {}): Promise<Answer<Envelope>> =>
    call<Envelope>(server, method, `/v1/transit/${path}`, { ...rest, headers: { 'x-vault-token': token, 'x-vault-namespace': namespace, ...rest.headers }, ...(json === undefined ? {} : { json }) });
  const refuses = async (answer: Promise<Answer<Envelope>>, status: number, ...errors: readonly string[]): Promise<void> => {
    const { status: actual, text } = await answer;
    assert.deepEqual([actual, JSON.parse(text)], [status, { errors }]);
  };

  it('makes, reads, lists and changes a key in the words of Vault', async () => {
    await refuses(ask('GET', 'keys?list=true', undefined, { namespace: 'blue' }), 404);
    await refuses(ask('GET', 'keys/first'), 404);
    const made = await ask('PUT', 'keys/first', { name: 'first', unknown: [1], auto_rotate_period: '48h' });
    assert.equal(made.status, 200, made.text);
    assert.equal(made.headers.get('audit-event-id')?.length, 36);
    const { keys, ...settings } = made.body.data;
    assert.deepEqual(settings, {
      name: 'first', type: 'aes256-gcm96', derived: false, deletion_allowed: false, min_available_version: 0, min_decryption_version: 1, min_encryption_version: 0, latest_version: 1,
      exportable: false, allow_plaintext_backup: false, supports_encryption: true, supports_decryption: true, supports_signing: false, supports_derivation: true,
      auto_rotate_period: 172_800, imported_key: false, soft_deleted: false,
    });
    assert.ok(Math.abs(Number(keys['1']) - Date.now() / 1000) < 60);
    const again = await ask('POST', '/keys//first', { type: 'ed25519' });
    assert.deepEqual([again.status, again.body.data.type, again.body.warnings], [200, 'aes256-gcm96', ['key first already existed']]);
    assert.deepEqual((await ask('GET', 'keys/first')).body.data, { ...made.body.data, usage: {} });
    assert.deepEqual((await ask('GET', 'keys?list=true')).body.data.keys, ['first']);
    await refuses(ask('GET', 'keys'), 405, 'unsupported operation');

    const rotated = await ask('POST', 'keys/first/rotate');
    assert.deepEqual([rotated.body.data.latest_version, Object.keys(rotated.body.data.keys)], [2, ['1', '2']]);
    const changed = await ask('POST', 'keys/first/config', { min_decryption_version: '2', deletion_allowed: true, auto_rotate_period: 0 });
    assert.deepEqual([changed.body.data.min_decryption_version, changed.body.data.deletion_allowed, changed.body.data.auto_rotate_period], [2, true, 0]);
    const forced = await ask('POST', 'keys/first/config', { min_decryption_version: 0 });
    assert.equal(forced.body.data.min_decryption_version, 1);
    assert.equal(forced.body.warnings?.length, 1);
  });

  it('shows public keys of asymmetric keys, and the newest twenty versions with a way to more', async () => {
    await ask('POST', 'keys/signer', { type: 'ecdsa-p256' });
    for (let n = 2; n <= 22; n += 1) assert.equal((await ask('POST', 'keys/signer/rotate')).status, 200);
    const { data } = (await ask('GET', 'keys/signer')).body;
    assert.deepEqual([Object.keys(data.keys).length, data.latest_version], [20, 22]);
    const shown = data.keys['22'] as { name: string; public_key: string };
    assert.equal(shown.name, 'P-256');
    assert.equal(createPublicKey(shown.public_key).asymmetricKeyType, 'ec');
    assert.deepEqual(Object.keys((await ask('GET', 'keys/signer?before=3')).body.data.keys), ['1', '2']);
    const exported = await ask('GET', 'export/public-key/signer/latest');
    assert.deepEqual(exported.body.data, { name: 'signer', type: 'ecdsa-p256', keys: { '22': shown.public_key } });
    assert.ok(exported.headers.get('audit-event-id'));
    await refuses(ask('GET', 'keys/signer?before=1e3'), 400, 'query:before: 1 to 2147483647');
  });

  it('makes keys of every family, and tells of each as it was asked for', async () => {
    const wanted: readonly [Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>][] = [
      [{ type: 'ml-dsa', parameter_set: '65' }, { type: 'ml-dsa', parameter_set: '65', supports_signing: true }],
      [{ type: 'mldsa-44' }, { type: 'ml-dsa', parameter_set: '44' }],
      [{ type: 'slh-dsa', parameter_set: 'slh-dsa-sha2-128f' }, { type: 'slh-dsa', supports_signing: true }],
      [{ type: 'hybrid', hybrid_key_type_ec: 'ed25519' }, { type: 'hybrid', parameter_set: '65', hybrid_key_type_pqc: 'ml-dsa', hybrid_key_type_ec: 'ed25519' }],
      [{ type: 'x-wing' }, { type: 'x-wing', supports_encryption: true, supports_signing: false }],
      [{ type: 'rsa-2048' }, { type: 'rsa-2048', supports_encryption: true, supports_signing: true }],
      [{ type: 'hmac', key_size: '64' }, { type: 'hmac', key_size: 64 }],
      [{ derived: true, convergent_encryption: 'true' }, { kdf: 'hkdf_sha256', convergent_encryption: true, convergent_encryption_version: 3 }],
      [{ type: 'ed25519', derived: true }, { type: 'ed25519', kdf: 'hkdf_sha256', convergent_encryption: false }],
    ];
    for (const [index, [asked, shown]] of wanted.entries()) {
      const made = await ask('POST', `keys/family-${index}`, asked);
      assert.equal(made.status, 200, `${JSON.stringify(asked)}: ${made.text}`);
      const read = (await ask('GET', `keys/family-${index}`)).body.data as unknown as Record<string, unknown>;
      assert.deepEqual(Object.fromEntries(Object.keys(shown).map((name) => [name, read[name]])), shown);
    }
    assert.equal(((await ask('GET', 'keys/family-8')).body.data.keys['1'] as { public_key: string }).public_key, '');
  });

  it('serves no certificates', async () => {
    for (const route of ['csr', 'set-certificate']) await refuses(ask('POST', `keys/first/${route}`, {}), 404);
  });

  const wrong: readonly [string, string, unknown, string | RegExp][] = [
    ['an unknown type', 'keys/wrong', { type: 'rot13' }, 'unknown key type rot13'],
    ['a parameter set of another type', 'keys/wrong', { type: 'ml-dsa', parameter_set: '128' }, /unknown key type/],
    ['convergent encryption without derivation', 'keys/wrong', { convergent_encryption: true }, 'convergent encryption requires derivation to be enabled'],
    ['a period of less than an hour', 'keys/wrong', { auto_rotate_period: '59m' }, 'auto rotate period must be 0 to disable or at least an hour'],
    ['a size that is a fraction', 'keys/wrong', { type: 'hmac', key_size: 32.5 }, /key_size/],
    ['a size that is 1e30', 'keys/wrong', { type: 'hmac', key_size: 1e30 }, /key_size/],
    ['a flag that is a list', 'keys/wrong', { derived: [] }, /derived/],
    ['a name with a slash in it', 'keys/a%2Fb', {}, /path:name/],
    ['a name of 129 characters', `keys/${'n'.repeat(129)}`, {}, /path:name/],
    ['a name that ends with a dot', 'keys/a.', {}, /path:name/],
    ['a body that is no object', 'keys/wrong', [1], /object/],
    ['a version above the latest', 'keys/first/config', { min_decryption_version: 99 }, /cannot set min decryption version of 99/],
    ['settings of a key that there is not', 'keys/none/config', {}, 'no existing key named none could be found'],
    ['the next version of a key that there is not', 'keys/none/rotate', undefined, 'key not found'],
    ['upserts', 'config/keys', { disable_upsert: false }, /encrypting makes no keys/],
    ['a backup that is none', 'restore', { backup: 'quantonium-backup:v1:AAAA' }, /none that this server made/],
    ['a backup of a mebibyte that is none', 'restore', { backup: `quantonium-backup:v1:${'AAAA'.repeat(2 ** 18)}` }, /none that this server made/],
    ['a mebibyte that is of another type', 'restore', { backup: 'A'.repeat(2 ** 20), force: [] }, /force/],
  ];
  for (const [what, path, json, said] of wrong) {
    it(`refuses ${what}`, async () => {
      const { status, body, text } = await ask('POST', path, json);
      assert.equal(status, 400, text);
      const told = body.errors!.join('; ');
      if (typeof said === 'string') assert.equal(told, said);
      else assert.match(told, said);
    });
  }

  it('lets nobody do alone what takes two people, and leaves everything as it is', async () => {
    const before = (await ask('GET', 'keys/first')).body.data;
    for (const [method, path, json] of [
      ['DELETE', 'keys/first', undefined], ['POST', 'keys/first/config', { exportable: true }], ['POST', 'keys/first/config', { allow_plaintext_backup: 'true' }],
      ['POST', 'keys/free', { exportable: true }], ['POST', 'keys/free/import', { type: 'ed25519', public_key: generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' }), allow_plaintext_backup: 1 }],
    ] as const) {
      const { status, body, headers } = await ask(method, path, json);
      assert.deepEqual([status, body.errors?.[0]], [403, 'permission denied'], path);
      assert.ok(body.warnings?.[0]?.includes(headers.get('approval-id')!), path);
    }
    await refuses(ask('GET', 'keys/free'), 404);
    assert.deepEqual((await ask('GET', 'keys/first')).body.data, before);
  });

  it('asks nobody about what could not be done in any case', async () => {
    await refuses(ask('GET', 'export/encryption-key/first'), 400, 'private key material is not exportable');
    await refuses(ask('GET', 'export/hmac-key/none'), 404);
    await refuses(ask('GET', 'backup/first'), 400, 'exporting is disallowed on the policy');
    await refuses(ask('POST', 'keys/first', { exportable: true, type: 'nothing' }), 400, 'unknown key type nothing');
  });

  it('puts a key out of use and into use again', async () => {
    await ask('POST', 'keys/resting');
    assert.deepEqual([(await ask('DELETE', 'keys/resting/soft-delete')).status, (await ask('GET', 'keys/resting')).body.data.soft_deleted], [204, true]);
    await refuses(ask('POST', 'keys/resting/rotate'), 400, 'the key is soft deleted');
    assert.equal((await ask('POST', 'keys/resting/soft-delete-restore')).status, 204);
    assert.equal((await ask('POST', 'keys/resting/rotate')).body.data.latest_version, 2);
  });

  it('imports a secret that was wrapped for the wrapping key, a version of it, and a public key', async () => {
    const [one, two] = await Promise.all([ask('GET', 'wrapping_key'), ask('GET', 'wrapping_key')]);
    assert.equal(one.body.data.public_key, two.body.data.public_key);
    assert.equal((await ask('GET', 'wrapping_key')).body.data.public_key, one.body.data.public_key);
    assert.equal(createPublicKey(one.body.data.public_key).asymmetricKeyDetails?.modulusLength, 4096);
    const wrapped = (secret: Buffer, hash = 'sha256'): string => {
      const aes = randomBytes(32);
      const cipher = createCipheriv('id-aes256-wrap-pad', aes, Buffer.from('a65959a6', 'hex'));
      const head = publicEncrypt({ key: one.body.data.public_key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash }, aes);
      return Buffer.concat([head, cipher.update(secret), cipher.final()]).toString('base64');
    };
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pkcs8 = pair.privateKey.export({ format: 'der', type: 'pkcs8' });
    const spki = pair.publicKey.export({ format: 'pem', type: 'spki' });

    assert.equal((await ask('POST', 'keys/brought/import', { type: 'ecdsa-p256', ciphertext: wrapped(pkcs8, 'sha384'), hash_function: 'SHA384' })).status, 204);
    const { data } = (await ask('GET', 'keys/brought')).body;
    assert.deepEqual([data.imported_key, (data.keys['1'] as { public_key: string }).public_key.trim()], [true, String(spki).trim()]);
    await refuses(ask('POST', 'keys/brought/rotate'), 400, 'imported key brought does not allow rotation');
    assert.equal((await ask('POST', 'keys/brought/import_version', { public_key: spki })).status, 204);
    assert.equal((await ask('GET', 'keys/brought')).body.data.latest_version, 2);
    assert.equal((await ask('POST', 'keys/plain/import', { ciphertext: wrapped(randomBytes(32)), allow_rotation: true })).status, 204);
    assert.equal((await ask('POST', 'keys/plain/rotate')).body.data.imported_key, false);

    const closed = (type: string): string => `ciphertext does not open under the wrapping key, or is no key of type ${type}`;
    await refuses(ask('POST', 'keys/bad/import', { ciphertext: wrapped(randomBytes(31)) }), 400, closed('aes256-gcm96'));
    await refuses(ask('POST', 'keys/bad/import', { type: 'ed25519', ciphertext: wrapped(pkcs8) }), 400, closed('ed25519'));
    await refuses(ask('POST', 'keys/bad/import', { ciphertext: randomBytes(600).toString('base64') }), 400, closed('aes256-gcm96'));
    await refuses(ask('POST', 'keys/bad/import', { ciphertext: 'AAAA' }), 400, closed('aes256-gcm96'));
    for (const hash of ['SHA1', 'constructor']) assert.match((await ask('POST', 'keys/bad/import', { ciphertext: 'AAAA', hash_function: hash })).text, /unknown hash function/);
    await refuses(ask('POST', 'keys/bad/import', { public_key: spki }), 400, 'public_key is no public key of type aes256-gcm96');
    await refuses(ask('POST', 'keys/bad/import', {}), 400, 'ciphertext or public_key must be supplied');
    assert.match((await ask('POST', 'keys/first/import', { ciphertext: wrapped(randomBytes(32)) })).text, /cannot be used with an existing key/);
    assert.match((await ask('POST', 'keys/first/import_version', { ciphertext: wrapped(randomBytes(32)) })).text, /only be used with an imported key/);
    await refuses(ask('GET', 'keys/bad'), 404);
  });

  it('shows nothing of a project to who has nothing to do with it, nor of a key that is in another one', async () => {
    const mine = { token: ann.token };
    assert.equal((await ask('POST', 'keys/ann', {}, mine)).status, 200);
    const foreign = await ask('GET', 'keys/first', undefined, { ...mine, namespace: 'blue' });
    const nowhere = await ask('GET', 'keys/first', undefined, { ...mine, namespace: 'nowhere' });
    const missing = await ask('GET', 'keys/missing', undefined, mine);
    assert.deepEqual([foreign.status, foreign.text], [404, '{"errors":[]}']);
    assert.deepEqual([nowhere.status, nowhere.text], [foreign.status, foreign.text]);
    assert.deepEqual([missing.status, missing.text], [foreign.status, foreign.text]);
    assert.equal((await ask('POST', 'keys/first', {}, { namespace: 'blue' })).body.warnings, null);
    assert.equal((await ask('GET', 'keys/first', undefined, { namespace: 'blue' })).body.data.latest_version, 1);
  });

  it('makes one key of twelve who ask for one name at once', async () => {
    const made = await Promise.all(Array.from({ length: 12 }, () => ask('POST', 'keys/raced', { type: 'ed25519' })));
    assert.deepEqual(made.map(({ status }) => status), made.map(() => 200));
    assert.equal(made.filter(({ body }) => body.warnings === null).length, 1);
    assert.equal(new Set(made.map(({ body }) => createHash('sha256').update(JSON.stringify(body.data)).digest('hex'))).size, 1);
  });
});
