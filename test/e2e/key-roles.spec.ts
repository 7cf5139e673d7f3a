import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { call } from '../harness/api.js';
import { openInsider } from '../harness/insider.js';
import { withServer } from '../harness/with-server.js';
import { bind, createWorld, type World } from '../harness/world.js';

/** A role as only the database takes it yet: the API that makes them comes with access control. */
interface Rule {
  readonly effect: 'allow' | 'deny';
  readonly resource: string;
  readonly verbs: readonly string[];
  readonly where?: unknown;
}
const may = (verbs: readonly string[], where?: unknown): Rule => ({ effect: 'allow', resource: 'keys', verbs, ...(where === undefined ? {} : { where }) });
const mayNot = (verbs: readonly string[], where: unknown): Rule => ({ ...may(verbs, where), effect: 'deny' });
const named = (...names: string[]): object => ({ name: { $in: names } });

const ROLES: Readonly<Record<string, readonly Rule[]>> = {
  'encrypts-invoices': [may(['encrypt'], named('invoices'))],
  'rewraps': [may(['rewrap'])],
  'makes': [may(['create'])],
  'wraps-data-keys': [may(['datakey-wrapped'])],
  'signs-by-sha-256': [may(['sign'], { ...named('releases'), hash: { $in: ['sha2-256'] } }), may(['verify'])],
  'all-but-invoices': [may(['*']), mayNot(['decrypt', 'read'], named('invoices'))],
  'broken': [may(['encrypt', 'decrypt'], { name: { like: '%' } })],
};

let world: World;
const programs = new Map<string, string>();
const server = withServer(async () => {
  world = await createWorld(server);
});

/** A token of the role's only holder. */
const token = (role: string): string => programs.get(role)!;
const ask = (as: string, method: string, path: string, json?: unknown, namespace?: string): Promise<{ status: number; text: string; body: Record<string, unknown> }> =>
  call(server, method, `/v1/${path}`, { headers: { 'X-Vault-Token': as, ...(namespace === undefined ? {} : { 'X-Vault-Namespace': namespace }) }, ...(json === undefined ? {} : { json }) });
const dataOf = (answer: { body: Record<string, unknown> }): Record<string, string> => answer.body['data'] as Record<string, string>;
const PLAINTEXT = Buffer.from('a line of an invoice').toString('base64');

describe('roles about keys', () => {
  let ciphertext: string;

  before(async () => {
    const insider = await openInsider(server.home);
    try {
      for (const [id, rules] of Object.entries(ROLES)) await insider.query('INSERT INTO rbac.role (id, name, builtin, rules) VALUES ($1, $1, false, $2)', [id, JSON.stringify(rules)]);
    } finally {
      await insider.close();
    }
    const owner = { token: world.owner.token };
    for (const role of Object.keys(ROLES)) {
      const { body: account } = await call<{ id: string }>(server, 'POST', '/v1/service-accounts', { ...owner, json: { name: role } });
      await bind(server, owner.token, account.id, role, 'project:default');
      const { body: made } = await call<{ secret: string }>(server, 'POST', `/v1/service-accounts/${account.id}/secrets`, { ...owner, json: {} });
      const answer = await call<{ auth: { client_token: string } }>(server, 'POST', '/v1/auth/approle/login', { json: { role_id: role, secret_id: made.secret } });
      assert.equal(answer.status, 200, answer.text);
      programs.set(role, answer.body.auth.client_token);
    }
    for (const [name, type] of [['invoices', 'aes256-gcm96'], ['other', 'aes256-gcm96'], ['releases', 'ecdsa-p256']]) {
      const made = await ask(owner.token, 'POST', `transit/keys/${name}`, { type });
      assert.equal(made.status, 200, made.text);
    }
    ciphertext = dataOf(await ask(owner.token, 'POST', 'transit/encrypt/invoices', { plaintext: PLAINTEXT }))['ciphertext']!;
  });

  const INPUT = { input: PLAINTEXT };
  /** Who, what, and whether it is done. */
  const cases: readonly (readonly [role: string, path: string, json: () => object, status: number])[] = [
    ['encrypts-invoices', 'transit/encrypt/invoices', () => ({ plaintext: PLAINTEXT }), 200],
    ['encrypts-invoices', 'transit/encrypt/invoices', () => ({ batch_input: [{ plaintext: PLAINTEXT }, { plaintext: PLAINTEXT }] }), 200],
    ['encrypts-invoices', 'transit/encrypt/other', () => ({ plaintext: PLAINTEXT }), 403],
    ['encrypts-invoices', 'transit/encrypt/missing', () => ({ plaintext: PLAINTEXT }), 403],
    ['encrypts-invoices', 'transit/decrypt/invoices', () => ({ ciphertext }), 403],
    ['encrypts-invoices', 'transit/rewrap/invoices', () => ({ ciphertext }), 403],
    ['encrypts-invoices', 'transit/datakey/plaintext/invoices', () => ({}), 403],
    ['rewraps', 'transit/rewrap/invoices', () => ({ ciphertext }), 200],
    ['rewraps', 'transit/decrypt/invoices', () => ({ ciphertext }), 403],
    ['rewraps', 'transit/encrypt/invoices', () => ({ plaintext: PLAINTEXT }), 403],
    ['wraps-data-keys', 'transit/datakey/wrapped/invoices', () => ({}), 200],
    ['wraps-data-keys', 'transit/datakey/plaintext/invoices', () => ({}), 403],
    ['wraps-data-keys', 'transit/decrypt/invoices', () => ({ ciphertext }), 403],
    ['signs-by-sha-256', 'transit/sign/releases/sha2-256', () => INPUT, 200],
    ['signs-by-sha-256', 'transit/sign/releases', () => ({ ...INPUT, hash_algorithm: 'sha2-256' }), 200],
    ['signs-by-sha-256', 'transit/sign/releases', () => INPUT, 200],
    ['signs-by-sha-256', 'transit/sign/releases/sha2-512', () => INPUT, 403],
    ['signs-by-sha-256', 'transit/sign/releases', () => ({ ...INPUT, hash_algorithm: 'sha2-384' }), 403],
    ['signs-by-sha-256', 'transit/sign/invoices/sha2-256', () => INPUT, 403],
    ['all-but-invoices', 'transit/encrypt/invoices', () => ({ plaintext: PLAINTEXT }), 200],
    ['all-but-invoices', 'transit/decrypt/invoices', () => ({ ciphertext }), 403],
    ['broken', 'transit/encrypt/invoices', () => ({ plaintext: PLAINTEXT }), 403],
  ];
  for (const [role, path, json, status] of cases) {
    it(`${status === 200 ? 'accept' : 'refuse'} ${path} of who ${role}`, async () => {
      const answer = await ask(token(role), 'POST', path, json());
      assert.equal(answer.status, status, answer.text);
      if (status === 403) assert.equal((answer.body['errors'] as string[])[0], 'permission denied');
    });
  }

  it('leave a key out of the list of who may not read it', async () => {
    const names = async (token: string): Promise<unknown> => dataOf(await ask(token, 'GET', 'transit/keys?list=true'))['keys'];
    const all = (await names(world.owner.token)) as string[];
    assert.ok(all.includes('invoices') && all.length > 1);
    assert.deepEqual(await names(token('all-but-invoices')), all.filter((name) => name !== 'invoices'));
    assert.equal((await ask(token('all-but-invoices'), 'GET', 'transit/keys/other')).status, 200);
    assert.equal((await ask(token('all-but-invoices'), 'GET', 'transit/keys/invoices')).status, 403);
  });

  it('tell who may only make keys that there is one, and not what it is', async () => {
    const made = await ask(token('makes'), 'POST', 'transit/keys/made', { type: 'ed25519' });
    assert.equal(dataOf(made)['type'], 'ed25519');
    const again = await ask(token('makes'), 'POST', 'transit/keys/releases', {});
    assert.deepEqual([again.status, again.body['data'], again.body['warnings']], [200, null, ['key releases already existed']]);
    assert.equal(dataOf(await ask(world.owner.token, 'POST', 'transit/keys/releases', {}))['type'], 'ecdsa-p256');
  });

  it('hold in their project: the keys of another are as if there were none', async () => {
    for (const role of ['encrypts-invoices', 'all-but-invoices']) {
      const answer = await ask(token(role), 'POST', 'transit/encrypt/invoices', { plaintext: PLAINTEXT }, 'red');
      assert.deepEqual([answer.status, answer.body['errors']], [404, []]);
    }
  });

  it('are given by who has them only, and under the same condition', async () => {
    const { body: account } = await call<{ id: string }>(server, 'POST', '/v1/service-accounts', { token: world.owner.token, json: { name: 'target' } });
    await bind(server, world.owner.token, world.dave.id, 'encrypts-invoices', 'project:default');
    const bound = (role: string): Promise<{ status: number }> => call(server, 'POST', '/v1/role-bindings', { token: world.dave.token, json: { subjectId: account.id, role, scope: 'project:default' } });
    assert.deepEqual([(await bound('encrypts-invoices')).status, (await bound('rewraps')).status, (await bound('all-but-invoices')).status], [201, 403, 403]);
    const issue = (): Promise<{ status: number }> => call(server, 'POST', `/v1/service-accounts/${account.id}/secrets`, { token: world.dave.token, json: {} });
    assert.equal((await issue()).status, 201);
    await bind(server, world.owner.token, account.id, 'rewraps', 'project:default');
    assert.equal((await issue()).status, 403, 'the account has outgrown who administers it');
  });
});
