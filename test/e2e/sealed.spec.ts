import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import vault from 'node-vault';
import { goldenRoutes } from '../golden/golden-routes.js';
import { type Answer, call, eventually, loginOwner } from '../harness/api.js';
import { openInspector } from '../harness/inspector.js';
import { runCommand } from '../harness/run-command.js';
import { enrolOverHttp } from '../harness/second-factor-http.js';
import { createHome, type RunningServer, startServer, type TestHome } from '../harness/server.js';

interface Status {
  readonly sealed: boolean;
  readonly initialized: boolean;
  readonly t: number;
  readonly n: number;
  readonly progress: number;
  readonly nonce: string;
  readonly type: string;
}

const UI = 'https://ui.example';

const sharesIn = (home: TestHome, out: string): readonly string[] => {
  const directory = /shares are in ([^,\n]+),/.exec(out)?.[1] ?? assert.fail(out);
  assert.ok(!directory.startsWith(home.environment['QUANTONIUM_DATA_DIR']!) && directory.startsWith(home.directory), 'apart from the data');
  return readdirSync(directory).map((name) => {
    assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600);
    return readFileSync(join(directory, name), 'utf8').trim();
  });
};

describe('a server whose key five people hold, of whom three open it', () => {
  let home: TestHome;
  let server: RunningServer;
  let shares: readonly string[] = [];
  before(async () => {
    home = createHome({ SEAL: 'shamir', CORS_ORIGINS: UI });
    server = await startServer(home);
  });
  after(async () => {
    try {
      assert.equal(await server.stop(), 0, server.output());
    } finally {
      await home.dispose();
    }
  });

  const status = async (): Promise<Status> => (await call<Status>(server, 'GET', '/v1/sys/seal-status')).body;
  const unseal = (json: unknown): Promise<Answer<Status & { errors?: string[] }>> => call(server, 'PUT', '/v1/sys/unseal', { json });
  const ready = (): Promise<Answer> => eventually(() => call(server, 'GET', '/health/ready'), ({ status: code }) => code === 200);
  /** In the other spelling that clients use. */
  const base64 = (share: string): string => Buffer.from(share, 'hex').toString('base64');

  it('starts without a key, alive and not ready, and says that it is not initialised', async () => {
    assert.match(server.output(), /Quantonium is sealed at/);
    assert.equal((await call(server, 'GET', '/health/live')).status, 200);
    assert.equal((await call(server, 'GET', '/health/startup')).status, 200);
    assert.equal((await call(server, 'GET', '/health/ready')).status, 503);
    assert.equal((await call(server, 'GET', '/v1/sys/health')).status, 501);
    assert.equal((await call(server, 'GET', '/v1/sys/health?uninitcode=200')).status, 200);
    assert.deepEqual((await call(server, 'GET', '/v1/sys/init')).body, { initialized: false });
    assert.equal((await unseal({ key: 'ab'.repeat(33) })).status, 400);
  });

  it('is not initialised by whoever comes first over HTTP', async () => {
    assert.equal((await call(server, 'PUT', '/v1/sys/init', { json: { secret_shares: 1, secret_threshold: 1 } })).status, 400);
    assert.equal((await status()).initialized, false);
  });

  it('is initialised by its operator, beside the running server, with shares in files of their own', async () => {
    const ran = await runCommand('init-seal', ['--shares', '5', '--threshold', '3'], home.environment);
    assert.equal(ran.code, 0, ran.out);
    shares = sharesIn(home, ran.out);
    assert.equal(new Set(shares).size, 5);
    for (const share of shares) assert.ok(!ran.out.includes(share), 'no share is printed where no terminal is');
    const known = await eventually(() => call<Status>(server, 'GET', '/v1/sys/seal-status'), ({ body }) => body.initialized);
    assert.deepEqual([known.body.sealed, known.body.t, known.body.n, known.body.progress, known.body.type], [true, 3, 5, 0, 'shamir']);
    assert.equal((await call(server, 'GET', '/v1/sys/health')).status, 503);
    assert.equal((await call(server, 'GET', '/v1/sys/health?sealedcode=429')).status, 429);
  });

  it('refuses every route of its surface but probes and what unseals it, without a look at credential or body', async () => {
    const open = new Set(['/health/live', '/health/ready', '/health/startup', '/v1/sys/health', '/v1/sys/seal-status', '/v1/sys/init', '/v1/sys/unseal']);
    const closed = goldenRoutes().filter(({ url }) => !open.has(url));
    assert.ok(closed.length > 60, String(closed.length));
    for (const { method, url } of closed) {
      const path = url.replaceAll(/:[A-Za-z]+|\*/g, 'x');
      const answer = await call(server, method, path, { token: 'of-nobody', ...(method === 'GET' || method === 'HEAD' || method === 'DELETE' ? {} : { raw: '{' }) });
      assert.equal(answer.status, 503, `${method} ${path}: ${answer.text}`);
    }
    for (const path of ['/no/such/path', '/%zz', '/v1/%00', `/v1/transit/keys/${'a'.repeat(400)}`]) assert.equal((await call(server, 'GET', path)).status, 503, path);
    const preflight = { origin: UI, 'access-control-request-method': 'GET' };
    assert.equal((await call(server, 'OPTIONS', '/v1/transit/keys/a', { headers: preflight })).status, 503);
    assert.deepEqual((await call(server, 'GET', '/v1/transit/keys/a')).body, { errors: ['The server is sealed.'] });
  });

  it('takes shares in hex and base64, each once, and forgets them when it is told to', async () => {
    assert.equal((await unseal({ key: shares[0] })).body.progress, 1);
    assert.equal((await unseal({ key: base64(shares[0]!) })).body.progress, 1);
    const two = await unseal({ key: base64(shares[1]!), migrate: false });
    assert.equal(two.body.progress, 2);
    assert.notEqual(two.body.nonce, '');
    assert.equal((await unseal({ reset: true })).body.progress, 0);
  });

  for (const [what, json] of [['no member', {}], ['a number', { key: 5 }], ['another alphabet', { key: '!'.repeat(44) }], ['a share that is too short', { key: 'ab'.repeat(32) }]] as const) {
    it(`refuses ${what} for a share with 400`, async () => {
      const answer = await unseal(json);
      assert.equal(answer.status, 400, answer.text);
      assert.equal((await status()).progress, 0);
    });
  }

  it('refuses a body that is no JSON, and one that is too long, and does not repeat them', async () => {
    const broken = await call(server, 'POST', '/v1/sys/unseal', { raw: `{"key":"${shares[0]}"` });
    assert.equal(broken.status, 400);
    assert.ok(!broken.text.includes(shares[0]!));
    assert.equal((await call(server, 'POST', '/v1/sys/unseal', { raw: JSON.stringify({ key: 'a'.repeat(17_000) }) })).status, 413);
  });

  it('forgets all shares when one of them is wrong', async () => {
    await unseal({ key: shares[0] });
    await unseal({ key: shares[1] });
    const wrong = await unseal({ key: `${'00'.repeat(32)}${'7f'}` });
    assert.equal(wrong.status, 400);
    assert.match(wrong.body.errors![0]!, /do not make the key/);
    assert.equal((await status()).progress, 0);
    assert.equal((await status()).sealed, true);
  });

  it('is unsealed by any three through a client of Vault, and then takes the steps of its start', async () => {
    const client = vault({ endpoint: server.url, noCustomHTTPVerbs: true });
    for (const share of [shares[4]!, shares[2]!]) await client.unseal({ key: share });
    assert.equal(((await client.status()) as Status).progress, 2);
    const last = (await client.unseal({ key: base64(shares[0]!) })) as Status;
    assert.equal(last.sealed, false);
    await ready();
    assert.equal((await call(server, 'GET', '/v1/sys/health')).status, 200);
    assert.match(server.output(), /Quantonium is ready at/);
  });

  it('serves its first owner, and has recorded who tried: the first attempt of a minute, and the rest by their number', async () => {
    const token = await loginOwner(server);
    const entriesOf = ({ text }: Answer): { outcome: string; step: string; source: unknown }[] =>
      text.split('\n').flatMap((line) => {
        if (line === '') return [];
        const { status: outcome, unmapped, src_endpoint: source } = JSON.parse(line) as { status: string; unmapped: { step: string; personal?: unknown }; src_endpoint?: { uid?: string } };
        return [{ outcome, step: unmapped.step, source: source?.uid ?? unmapped.personal ?? null }];
      });
    const answer = await eventually(
      () => call(server, 'GET', '/v1/audit/entries?code=crypto.seal.unseal', { token, headers: { accept: 'application/x-ndjson' } }),
      (given) => given.status === 200 && entriesOf(given).some(({ step }) => step === 'opened'),
    );
    const found = entriesOf(answer);
    const ends = new Set(found.map(({ step, outcome }) => `${step} ${outcome}`));
    assert.deepEqual([...ends].sort(), ['completed Success', 'given Success', 'opened Success', 'refused Failure', 'reset Success', 'unmatched Failure']);
    // Sixteen attempts within a minute, or two, and never an entry each.
    assert.ok(found.length <= 12, answer.text);
    assert.deepEqual(found.filter(({ source }) => source !== 'internal'), [], 'there were no keys to name a source with');
  });

  it('is sealed by its owner, who has shown a second factor, and drops then what is on its way', async () => {
    const { body: { auth: { client_token: weak } } } = await call<{ auth: { client_token: string } }>(server, 'POST', '/v1/auth/userpass/login/owner', { json: { password: home.ownerPassword } });
    const seal = (by: string): Promise<Answer> => call(server, 'POST', '/v1/sys/seal', { token: by });
    assert.equal((await seal(weak)).status, 403);
    assert.equal((await seal(await loginOwner(server))).status, 403);
    assert.equal((await status()).sealed, false);
    const { token } = await enrolOverHttp(server, await loginOwner(server));
    assert.equal((await seal(weak)).status, 403, 'a login of before ended with it');
    const before = server.output().length;
    // They are made one at a time, a second each on average: most still wait when the seal comes, whatever comes first.
    const names = Array.from({ length: 12 }, (_, n) => `slow-${n}`);
    const slow = names.map((name) => call(server, 'POST', `/v1/transit/keys/${name}`, { token, json: { type: 'rsa-4096' } }));
    const [sealed, ...onTheWay] = await Promise.all([seal(token), ...slow]);
    assert.equal(sealed.status, 204, sealed.text);
    assert.ok(sealed.headers.has('audit-event-id'));
    const dropped = names.filter((_, n) => onTheWay[n]!.status === 503);
    assert.ok(dropped.length >= 6, `${dropped.length} were on their way`);
    for (const answer of onTheWay) if (answer.status >= 300) assert.deepEqual([answer.status, answer.text], [503, '{"errors":["The server is sealed."]}']);
    assert.deepEqual([(await status()).sealed, (await call(server, 'GET', '/v1/sys/health')).status], [true, 503]);
    assert.deepEqual([(await call(server, 'GET', '/health/live')).status, (await call(server, 'GET', '/health/ready')).status], [200, 503]);
    for (const path of ['/v1/auth/me', '/v1/sys/mounts', '/v1/audit/entries', '/no/such/path']) assert.equal((await call(server, 'GET', path, { token })).status, 503, path);
    assert.doesNotMatch(server.output().slice(before), /error/i, 'it was asked for');
    for (const share of shares.slice(0, 3)) await unseal({ key: share });
    await ready();
    // Good with the session that it is of, which the seal did not end; then the password is enough again.
    const without = await call<{ access_token: string }>(server, 'DELETE', '/v1/auth/mfa/totp', { token });
    assert.equal(without.status, 200, without.text);
    const reader = without.body.access_token;
    await eventually(() => call(server, 'GET', '/v1/audit/entries?code=crypto.seal.seal', { token: reader }), ({ text }) => text.includes(sealed.headers.get('audit-event-id')!));
    for (const name of names) assert.equal((await call(server, 'GET', `/v1/transit/keys/${name}`, { token: reader })).status, dropped.includes(name) ? 404 : 200, name);
  });

  it('is sealed again when it is started again, and each start needs three shares', async () => {
    assert.equal(await server.stop(), 0, server.output());
    server = await startServer(home);
    assert.equal((await status()).sealed, true);
    for (const share of shares.slice(1, 4)) await unseal({ key: share });
    await ready();
    await loginOwner(server);
  });

  it('rotates the root key beneath the running server, with shares on standard input', async () => {
    const ran = await runCommand('rotate-root-key', [], home.environment, `${shares.slice(0, 3).join('\n')}\n`);
    assert.equal(ran.code, 0, ran.out);
    assert.match(ran.out, /Root key 2 is in the place of 1/);
    await loginOwner(server);
  });

  it('is moved to a passphrase, which then opens it without people, and which the process holds no longer', async () => {
    const secret = 'four words and a comma,';
    const passphrase = { SEAL: 'passphrase', SEAL_PASSPHRASE_FILE: join(home.directory, 'passphrase') };
    writeFileSync(passphrase.SEAL_PASSPHRASE_FILE, `${secret}\n`, { mode: 0o600 });
    const ran = await runCommand('init-seal', [], { ...home.environment, ...passphrase }, `${shares.slice(2).join('\n')}\n`);
    assert.equal(ran.code, 0, ran.out);
    assert.equal(await server.stop(), 0, server.output());
    server = await startServer(home, passphrase, { flags: ['--inspect=127.0.0.1:0'] });
    assert.match(server.output(), /ready at/);
    await loginOwner(server);
    assert.equal((await status()).type, 'passphrase');
    // A process that is inspected does not end.
    const inspector = await openInspector(server.output());
    try {
      assert.deepEqual(await inspector.retained([{ name: 'the passphrase', secret }]), []);
    } finally {
      inspector.close();
    }
  });
});
