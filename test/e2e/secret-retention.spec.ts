import assert from 'node:assert/strict';
import { constants, createCipheriv, createHash, createPrivateKey, publicEncrypt, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { combine } from 'shamir-secret-sharing';
import { type Answer, basicOf, call, type CallOptions, eventually } from '../harness/api.js';
import { type Inspector, openInspector, type Sought } from '../harness/inspector.js';
import { runCommand } from '../harness/run-command.js';
import { fromBase32 } from '../harness/second-factor.js';
import { enrolOverHttp, loginWithCode } from '../harness/second-factor-http.js';
import { createHome, type RunningServer, startServer, type TestHome } from '../harness/server.js';

const SEED = process.env['TEST_SEED'] ?? randomBytes(8).toString('hex');

/**
 * What a secret is to nobody any more once its answer is sent: in no string and no buffer that anything in the process
 * still holds, in any of its threads, as itself, in hex or in base64. (Some bytes lie in memory that was given back,
 * until it is used again: those of strings nothing can wipe. docs/runtime.md has what is promised and what is not.)
 *
 * The server is given secrets that nobody else knows, in every way that it takes them, or they are read from its
 * answers; then its garbage is collected, and its memory searched through the inspector, which production refuses.
 */
describe(`the secrets of a server, after its answers (TEST_SEED=${SEED})`, () => {
  let home: TestHome;
  let server: RunningServer;
  let inspector: Inspector | null = null;
  const sought: Sought[] = [];

  const drawn = (name: string, bytes = 32): Buffer => createHash('shake256', { outputLength: bytes }).update(`${SEED} ${name}`).digest();
  /** From here on it is looked for. */
  const watched = <S extends string | Uint8Array>(name: string, secret: S): S => {
    sought.push({ name, secret });
    return secret;
  };
  const canary = (name: string): string => watched(name, `canary of ${name}: ${drawn(name).toString('hex')}`);
  const ask = async <T = Record<string, unknown>>(method: string, path: string, options: CallOptions, status = 200): Promise<Answer<T>> => {
    const answer = await call<T>(server, method, path, options);
    assert.equal(answer.status, status, `${method} ${path}: ${answer.status} ${answer.text}`);
    return answer;
  };
  const form = (fields: Record<string, string>): CallOptions => ({ raw: new URLSearchParams(fields).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  const basic = (name: string, secret: string): Record<string, string> => ({ authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}` });
  /** The rest of a token is known to whoever knows the person, and too long to be looked for as a whole. */
  const signatureOf = (jws: string): string => jws.split('.')[2]!;
  const login = async (password: string, status = 200): Promise<Answer<{ access_token: string; refresh_token: string }>> => ask('POST', '/v1/auth/login', { json: { username: 'owner', password } }, status);

  before(async () => {
    home = createHome({ SEAL: 'shamir' });
    writeFileSync(join(home.directory, 'owner-password'), canary('the first owner’s password'), { mode: 0o600 });
    server = await startServer(home, {}, { flags: ['--inspect=127.0.0.1:0', `--import=${new URL('../harness/lasting-pool.js', import.meta.url).href}`] });
    const ran = await runCommand('init-seal', ['--shares', '3', '--threshold', '2'], home.environment);
    const directory = /shares are in ([^,\n]+),/.exec(ran.out)?.[1] ?? assert.fail(ran.out);
    const shares = readdirSync(directory).map((name, at) => watched(`share ${at + 1}`, Buffer.from(readFileSync(join(directory, name), 'utf8').trim(), 'hex')));
    watched('the seal key', await combine(shares.slice(0, 2).map((share) => Uint8Array.from(share))));
    await eventually(() => call<{ initialized: boolean }>(server, 'GET', '/v1/sys/seal-status'), ({ body }) => body.initialized);
    await ask('PUT', '/v1/sys/unseal', { json: { key: shares[0]!.toString('hex') } });
    await ask('PUT', '/v1/sys/unseal', { json: { key: shares[1]!.toString('base64') } });
    await eventually(() => call(server, 'GET', '/health/ready'), ({ status }) => status === 200);
    inspector = await openInspector(server.output());
  });
  after(async () => {
    // A process that is inspected does not end: the inspector leaves before the server is told to.
    inspector?.close();
    try {
      assert.equal(await server.stop(), 0, server.output());
    } finally {
      await home.dispose();
    }
  });

  let token = '';
  let password = '';

  it('are given as passwords: right, wrong, refused, in bodies that break off', async () => {
    const first = `canary of the first owner’s password: ${drawn('the first owner’s password').toString('hex')}`;
    password = canary('a password');
    const { access_token: fresh } = (await login(first)).body;
    await ask('PUT', '/v1/auth/password', { token: fresh, json: { currentPassword: canary('a wrong current password'), newPassword: password } }, 403);
    await ask('PUT', '/v1/auth/password', { token: fresh, json: { currentPassword: first, newPassword: watched('a password that is too short', drawn('a password that is too short').toString('hex').slice(0, 14)) } }, 422);
    await ask('PUT', '/v1/auth/password', { token: fresh, json: { currentPassword: first, newPassword: password } });
    await login(canary('a wrong password'), 401);
    await ask('POST', '/v1/auth/login', { json: { username: 'owner', password: [canary('a password in a list')] } }, 422);
    await ask('POST', '/v1/auth/login', { json: { username: 'owner', password, [canary('a password as a member')]: 1 } }, 422);
    await ask('POST', '/v1/auth/login', { raw: `{"username": "owner", "password": "${canary('a password that breaks off')}`, headers: { 'content-type': 'application/json' } }, 400);
    await ask('POST', '/v1/auth/login', { raw: `password=${canary('a password in a form').replaceAll(' ', '+')}`, headers: { 'content-type': 'text/plain' } }, 415);
    await ask('PUT', '/v1/auth/userpass/login/owner', { json: { password: canary('a wrong password of a Vault client') } }, 400);
    await ask('POST', '/v1/auth/userpass/login/owner', { json: { password: canary('another wrong password of a Vault client') } }, 400);
  });

  it('are given as tokens, second factors, codes', async () => {
    const { access_token, refresh_token } = (await login(password)).body;
    watched('an access token', signatureOf(access_token));
    watched('a refresh token', refresh_token);
    watched('the bytes of a refresh token', Buffer.from(refresh_token.slice(4), 'base64url').subarray(0, 33));
    const renewed = (await ask<{ access_token: string; refresh_token: string }>('POST', '/v1/auth/refresh', { json: { refresh_token } })).body;
    watched('a second access token', signatureOf(renewed.access_token));
    await ask('GET', '/v1/auth/me', { token: watched('a second refresh token', renewed.refresh_token) }, 401);
    await ask('GET', '/v1/auth/me', { token: canary('a token that is none').replaceAll(/[^a-z0-9]/g, '') }, 401);
    await ask('POST', '/v1/auth/refresh', { json: { refresh_token } });
    const { access_token: again } = (await login(password)).body;
    const enrolled = await enrolOverHttp(server, again);
    watched('the secret of a generator', enrolled.generator.secret);
    watched('the bytes of a generator', fromBase32(enrolled.generator.secret));
    watched('an access token with both factors', signatureOf(enrolled.token));
    token = enrolled.token;
    const { body } = await ask<{ codes: string[] }>('POST', '/v1/auth/mfa/recovery-codes', { token });
    body.codes.forEach((code, at) => watched(`recovery code ${at + 1}`, code));
    const first = await ask<{ ticket: string }>('POST', '/v1/auth/login', { json: { username: 'owner', password } });
    watched('a ticket', first.body.ticket);
    const second = await ask<{ access_token: string; refresh_token?: string }>('POST', '/v1/auth/mfa/verify', { json: { ticket: first.body.ticket, factor: 'recovery', code: body.codes[0] } });
    watched('a token by a recovery code', signatureOf(second.body.access_token));
    token = await loginWithCode(server, 'owner', password, enrolled.generator);
    watched('a token by a code', signatureOf(token));
  });

  it('are given to people and programs: keys, secrets of clients, one-time passwords, secrets of webhooks', async () => {
    const { body: user } = await ask<{ id: string; oneTimePassword: string }>('POST', '/v1/users', { token, json: { username: 'alice' } }, 201);
    watched('a one-time password', user.oneTimePassword);
    const { body: key } = await ask<{ key: string }>('POST', '/v1/api-keys', { token, json: { label: 'canary', scope: 'manage:registry read:data' }, headers: { 'Idempotency-Key': 'canary-key' } }, 201);
    watched('an API key', key.key);
    await ask('GET', '/v1/auth/me', { token: key.key });
    await ask('GET', '/v2/', { headers: basicOf(key.key) });
    const registry = await ask<{ token: string }>('GET', '/token?scope=repository:default/bell:pull', { headers: basicOf(key.key) });
    watched('a token of the registry', signatureOf(registry.body.token));
    await ask('GET', '/v2/', { token: registry.body.token });
    await ask('GET', '/v2/', { headers: basicOf(canary('a wrong API key')) }, 401);

    const { body: account } = await ask<{ id: string }>('POST', '/v1/service-accounts', { token, json: { name: 'canary' } }, 201);
    const { body: client } = await ask<{ secret: string }>('POST', `/v1/service-accounts/${account.id}/secrets`, { token, json: {} }, 201);
    watched('a secret of a client', client.secret);
    const granted = await ask<{ access_token: string }>('POST', '/oauth/token', form({ grant_type: 'client_credentials', client_id: account.id, client_secret: client.secret }));
    watched('a token of a client', signatureOf(granted.body.access_token));
    const { raw, headers } = form({ grant_type: 'client_credentials' });
    await ask('POST', '/oauth/token', { raw: raw!, headers: { ...headers, ...basic(account.id, client.secret) } });
    await ask('POST', '/oauth/token', { raw: raw!, headers: { ...headers, ...basic(account.id, watched('a wrong secret of a client', drawn('a wrong secret').toString('hex'))) } }, 401);
    const approle = await ask<{ auth: { client_token: string } }>('POST', '/v1/auth/approle/login', { json: { role_id: account.id, secret_id: client.secret } });
    watched('a token of a Vault client', approle.body.auth.client_token);
    await ask('GET', '/v1/auth/token/lookup-self', { headers: { 'X-Vault-Token': approle.body.auth.client_token } });

    const { body: device } = await ask<{ device_code: string }>('POST', '/oauth/device_authorization', form({ client_id: 'quantonium-cli' }));
    watched('the code of a device', device.device_code);
    await ask('POST', '/oauth/token', form({ grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id: 'quantonium-cli', device_code: device.device_code }), 400);

    const behindHash = (link: string): string => link.slice(link.indexOf('#') + 1);
    const { body: invite } = await ask<{ link: string }>('POST', '/v1/users/invites', { token, json: { username: 'dora' } }, 201);
    const invited = { token: watched('an invitation', behindHash(invite.link)), password: canary('a password of who is invited') };
    await ask('POST', '/v1/auth/invites/accept', { json: invited }, 201);
    await ask('POST', '/v1/auth/invites/accept', { json: { ...invited, password: canary('a password for an invitation that was used') } }, 422);
    const { body: reset } = await ask<{ link: string }>('POST', `/v1/users/${user.id}/password-reset`, { token }, 201);
    await ask('POST', '/v1/auth/password/reset', { json: { token: watched('a link for a password', behindHash(reset.link)), newPassword: canary('a password by a link') } }, 204);

    const { body: webhook } = await ask<{ id: string; secret: string }>('POST', '/v1/webhooks', { token, json: { url: 'https://example.com/hook', events: ['auth.login'] } }, 201);
    watched('the secret of a webhook', webhook.secret);
    watched('the bytes of a secret of a webhook', Buffer.from(webhook.secret.slice('whsec_'.length), 'base64'));
  });

  it('are given to Transit: what is encrypted, decrypted, signed, in one, many and large bodies, and keys that are brought or taken', async () => {
    const post = async (path: string, json: unknown, status = 200): Promise<{ ciphertext?: string; plaintext?: string; batch_results?: { ciphertext: string }[]; keys?: Record<string, string>; backup?: string }> =>
      (await ask<{ data?: object }>('POST', `/v1/transit/${path}`, { token, json }, status)).body.data ?? {};
    const base64 = (name: string): string => Buffer.from(canary(name)).toString('base64');
    await post('keys/canary', {});
    await post('keys/signer', { type: 'ed25519', exportable: true, allow_plaintext_backup: true });
    const single = base64('a plaintext');
    const { ciphertext } = await post('encrypt/canary', { plaintext: single });
    assert.equal((await post('decrypt/canary', { ciphertext })).plaintext, single);
    for (const [plaintext, count] of [[base64('a plaintext of a batch'), 5], [base64('a plaintext in a thread'), 500]] as const) {
      const { batch_results } = await post('encrypt/canary', { batch_input: Array.from({ length: count }, () => ({ plaintext })) });
      await post('decrypt/canary', { batch_input: batch_results!.map((result) => ({ ciphertext: result.ciphertext })) });
    }
    await post('encrypt/canary', { plaintext: base64('a plaintext of a large body'), associated_data: Buffer.alloc(400_000).toString('base64') });
    await post('encrypt/canary', { plaintext: base64('a plaintext for no version'), key_version: 7 }, 400);
    await post('encrypt/canary', { plaintext: `${base64('a plaintext that is no base64')}!` }, 400);
    await post('encrypt/nothing', { plaintext: base64('a plaintext for no key') }, 400);
    for (const path of ['sign/signer', 'hmac/signer', 'hash']) await post(path, { input: base64(`what goes to ${path}`) });
    watched('a data key', Buffer.from((await post('datakey/plaintext/canary', {})).plaintext!, 'base64'));

    const { data } = (await ask<{ data: { public_key: string } }>('GET', '/v1/transit/wrapping_key', { token })).body;
    const wrapped = (secret: Buffer): string => {
      const aes = watched('the key that wraps a key', drawn('the key that wraps a key'));
      const cipher = createCipheriv('id-aes256-wrap-pad', aes, Buffer.from('a65959a6', 'hex'));
      return Buffer.concat([publicEncrypt({ key: data.public_key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, aes), cipher.update(secret), cipher.final()]).toString('base64');
    };
    await ask('POST', '/v1/transit/keys/brought/import', { token, json: { ciphertext: wrapped(watched('a key that is brought', drawn('a key that is brought'))) } }, 204);
    await post('encrypt/brought', { plaintext: single });
    const exported = (await ask<{ data: { keys: Record<string, string> } }>('GET', '/v1/transit/export/signing-key/signer', { token })).body.data.keys['1']!;
    watched('a private key that is taken', exported);
    const seed = /PRIVATE KEY/.test(exported) ? createPrivateKey(exported).export({ format: 'der', type: 'pkcs8' }).subarray(-32) : Buffer.from(exported, 'base64').subarray(0, 32);
    watched('the bytes of a private key that is taken', seed);
    const backup = (await ask<{ data: { backup: string } }>('GET', '/v1/transit/backup/signer', { token })).body.data.backup;
    await ask('POST', '/v1/transit/restore/restored', { token, json: { backup } }, 204);
  });

  it('would be found, were they kept in a string, in a buffer or by a thread; and are in none of them', async () => {
    const [text, bytes, ofThread] = ['text', 'bytes', 'a text of a thread'].map((name) => ({ name: `kept ${name}`, secret: drawn(`kept ${name}`) }));
    // Put together there: what is evaluated is kept too.
    const hexOf = ({ secret }: Sought): string => `${JSON.stringify([...secret as Buffer])}.map((byte) => byte.toString(16).padStart(2, '0')).join('')`;
    await inspector!.evaluate(`globalThis.keptText = ${hexOf(text!)}; 0`);
    await inspector!.evaluate(`globalThis.keptText = ${hexOf(ofThread!)}; 0`, 1);
    await inspector!.evaluate(`globalThis.keptBytes = Buffer.allocUnsafeSlow(100); keptBytes.set(${JSON.stringify([...bytes!.secret])}); 0`);
    assert.ok(sought.length > 60, `${sought.length} are looked for`);
    assert.deepEqual(await inspector!.retained([text!, bytes!, ofThread!, ...sought]), ['kept text in a string', 'kept bytes in a buffer', 'kept a text of a thread in a string of thread 1']);
  });
});
