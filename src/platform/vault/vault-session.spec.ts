import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { selfSigned } from '../../../test/harness/certificate.js';
import { HandClock } from '../../../test/harness/hand-clock.js';
import { TestVault } from '../../../test/harness/test-vault.js';
import { KvStore } from './kv-store.js';
import { VaultFailure, VaultRefusal, VaultUnreachable } from './vault-failure.js';
import { type VaultCredential, VaultSession } from './vault-session.js';

const SECRET_ID = 'SENSITIVE-secret-id';
const APPROLE: VaultCredential = { kind: 'login', mount: 'approle', fields: () => ({ role_id: 'role', secret_id: SECRET_ID }) };
const REFERENCE = { mount: 'kv', path: 'quantonium', field: 'smtp' } as const;

describe('a session with a Vault server', () => {
  let vault: TestVault;
  let clock: HandClock;
  beforeEach(async () => {
    vault = await TestVault.start();
    vault.logins.set('approle', { role_id: 'role', secret_id: SECRET_ID });
    vault.secrets.set('kv/data/quantonium', { smtp: 'smtps://a:SENSITIVE@mail', number: 7 });
    clock = new HandClock(0);
  });
  afterEach(() => vault.stop());

  const session = (credential: VaultCredential = APPROLE, more: { readonly authorities?: string; readonly timeoutMillis?: number; readonly namespace?: string } = {}): VaultSession =>
    new VaultSession({ base: vault.base, namespace: more.namespace ?? null, authorities: more.authorities ?? null }, credential, clock, more.timeoutMillis);
  const read = async (of: VaultSession): Promise<string> => new KvStore(of).look().read(REFERENCE);
  const refusal = (matching: RegExp) => (error: unknown) => {
    assert.ok(error instanceof VaultFailure, String(error));
    assert.match(error.message, matching);
    assert.doesNotMatch(String(error) + String(error.cause), /SENSITIVE/);
    return true;
  };

  it('logs in once for all who wait, and keeps the token for those who come later', async () => {
    const one = session();
    assert.deepEqual(await Promise.all([1, 2, 3, 4].map(() => read(one))), Array.from({ length: 4 }, () => 'smtps://a:SENSITIVE@mail'));
    clock.millis += 2_000_000;
    await read(one);
    assert.equal(vault.count('auth/approle/login'), 1);
    assert.deepEqual(new Set(vault.requests.slice(1).map(({ token }) => token)), new Set(['hvs.given-1']));
  });

  it('renews the token before its end, and never sends one that has ended', async () => {
    const one = session();
    await read(one);
    for (let turn = 0; turn < 4; turn += 1) {
      clock.millis += 2_500_000;
      await read(one);
    }
    assert.equal(vault.count('auth/token/renew-self'), 4);
    assert.equal(vault.count('auth/approle/login'), 1);
    // Past its end there is nothing to renew.
    clock.millis += 4_000_000;
    await read(one);
    assert.equal(vault.count('auth/token/renew-self'), 4);
    assert.equal(vault.count('auth/approle/login'), 2);
  });

  it('logs in again where a renewal brings little, as near the end beyond which there is none', async () => {
    const one = session();
    await read(one);
    vault.renewedSeconds = 60;
    clock.millis += 2_500_000;
    await read(one);
    assert.equal(vault.count('auth/approle/login'), 2);
    assert.equal(vault.requests.at(-1)!.token, 'hvs.given-2');
  });

  it('works on with the token that it has while the server cannot renew it', async () => {
    const one = session();
    await read(one);
    clock.millis += 2_500_000;
    vault.instead = ({ path }) => (path.startsWith('auth/') ? { status: 503 } : null);
    assert.equal(await read(one), 'smtps://a:SENSITIVE@mail');
    clock.millis += 4_000_000;
    await assert.rejects(read(one), VaultUnreachable);
    vault.instead = null;
    await read(one);
  });

  it('replaces a token that is refused, once', async () => {
    const one = session();
    await read(one);
    vault.tokens.clear();
    assert.equal(await read(one), 'smtps://a:SENSITIVE@mail');
    assert.equal(vault.count('auth/approle/login'), 2);
    vault.instead = ({ path }) => (path.startsWith('kv/') ? { status: 403 } : null);
    await assert.rejects(read(one), refusal(/refuses to show kv\/data\/quantonium \(403\)/));
    assert.equal(vault.count('auth/approle/login'), 3);
  });

  it('is refused by a login that is not taken, without a word of what was given', async () => {
    vault.logins.set('approle', { role_id: 'another' });
    await assert.rejects(read(session()), refusal(/refuses auth\/approle\/login \(400\)/));
  });

  it('logs in as a pod by the token of its service account, and names its namespace', async () => {
    vault.logins.set('kubernetes', { role: 'quantonium', jwt: 'ey' });
    await read(session({ kind: 'login', mount: 'kubernetes', fields: () => ({ role: 'quantonium', jwt: 'ey' }) }, { namespace: 'team/red' }));
    assert.deepEqual(vault.requests.map(({ path, namespace }) => [path, namespace]), [['auth/kubernetes/login', 'team/red'], ['kv/data/quantonium', 'team/red']]);
  });

  describe('with a token that it was given', () => {
    let token = 'hvs.first';
    beforeEach(() => {
      token = 'hvs.first';
      vault.tokens.set('hvs.first', { seconds: 300, isRenewable: true });
      vault.tokens.set('hvs.second', { seconds: 0, isRenewable: false });
    });
    const given = (): VaultSession => session({ kind: 'token', token: () => token });

    it('renews it at two thirds of its life and not before', async () => {
      const one = given();
      await one.upkeep();
      clock.millis += 199_000;
      await one.upkeep();
      assert.equal(vault.count('auth/token/renew-self'), 0);
      clock.millis += 2_000;
      await one.upkeep();
      assert.equal(vault.count('auth/token/renew-self'), 1);
      assert.equal(one.endsInMillis, 300_000);
    });

    it('asks nothing of one that does not end, and takes the next when it is exchanged', async () => {
      const one = given();
      await one.upkeep();
      token = 'hvs.second';
      await one.upkeep();
      clock.millis += 1e9;
      await one.upkeep();
      await read(one);
      assert.deepEqual(vault.requests.map(({ path }) => path), ['auth/token/lookup-self', 'auth/token/lookup-self', 'kv/data/quantonium']);
      assert.equal(one.endsInMillis, null);
    });

    it('is refused by one that has ended, and does not ask twice', async () => {
      vault.tokens.clear();
      await assert.rejects(read(given()), refusal(/refuses to show kv\/data\/quantonium \(403\)/));
      assert.equal(vault.requests.length, 1);
    });
  });

  describe('reading a secret', () => {
    const REFUSED: readonly [string, () => void, RegExp][] = [
      ['that is not there', () => vault.secrets.clear(), /has no secret in kv\/data\/quantonium/],
      ['whose latest version is deleted', () => vault.secrets.set('kv/data/quantonium', null), /or its latest version is deleted/],
      ['without the field', () => vault.secrets.set('kv/data/quantonium', { other: 'SENSITIVE' }), /has no field smtp/],
      ['whose field is no text', () => vault.secrets.set('kv/data/quantonium', { smtp: { nested: 'SENSITIVE' } }), /has no text in the field smtp/],
      ['of an engine of version 1', () => (vault.instead = ({ path }) => (path.startsWith('kv/') ? { status: 200, body: { data: { smtp: 'SENSITIVE' } } } : null)), /without the data of KV version 2/],
      ['that is no JSON', () => (vault.instead = ({ path }) => (path.startsWith('kv/') ? { status: 200, body: '"SENSITIVE' } : null)), /something that is no JSON object/],
      ['that is larger than a setting', () => (vault.instead = ({ path }) => (path.startsWith('kv/') ? { status: 200, body: 'SENSITIVE'.repeat(20_000) } : null)), /sends more than 98304 bytes/],
      ['behind a redirect, which is not followed', () => (vault.instead = ({ path }) => (path.startsWith('kv/') ? { status: 307, headers: { Location: `${vault.base}/kv/data/elsewhere` } } : null)), /refuses to show .*\(307\)/],
    ];
    for (const [what, arrange, expected] of REFUSED) {
      it(`refuses one ${what}`, async () => {
        arrange();
        await assert.rejects(read(session()), refusal(expected));
        assert.equal(vault.count('kv/data/elsewhere'), 0);
      });
    }

    it('takes nothing that every object has for a field', async () => {
      for (const field of ['constructor', '__proto__', 'toString']) await assert.rejects(new KvStore(session()).look().read({ ...REFERENCE, field }), refusal(/has no field/));
    });

    it('asks once for all fields of a secret, and again at the next look', async () => {
      vault.secrets.set('kv/data/quantonium', { smtp: 'a', redis: 'b' });
      const store = new KvStore(session());
      const look = store.look();
      assert.deepEqual(await Promise.all([look.read(REFERENCE), look.read({ ...REFERENCE, field: 'redis' })]), ['a', 'b']);
      assert.equal(vault.count('kv/data/quantonium'), 1);
      vault.secrets.set('kv/data/quantonium', { smtp: 'c' });
      assert.equal(await look.read(REFERENCE), 'a', 'one look sees one version');
      assert.equal(await store.look().read(REFERENCE), 'c');
    });
  });

  for (const status of [429, 500, 502, 503]) {
    it(`is away by ${status}, which passes`, async () => {
      vault.instead = () => ({ status, body: { errors: ['SENSITIVE'] } });
      await assert.rejects(read(session()), (error: unknown) => error instanceof VaultUnreachable && refusal(new RegExp(`answers ${status}`))(error));
    });
  }

  it('is away when nobody listens, and when nothing comes in time', async () => {
    vault.instead = () => 'silence';
    await assert.rejects(read(session(APPROLE, { timeoutMillis: 50 })), (error: unknown) => error instanceof VaultUnreachable && refusal(/within 50 ms/)(error));
    const nobody = new VaultSession({ base: 'http://127.0.0.1:9/v1', namespace: null, authorities: null }, APPROLE, clock);
    await assert.rejects(read(nobody), (error: unknown) => error instanceof VaultUnreachable && refusal(/ECONNREFUSED/)(error));
  });

  describe('over TLS', () => {
    const authority = selfSigned('127.0.0.1');
    let secure: TestVault;
    before(async () => (secure = await TestVault.start(authority)));
    after(() => secure.stop());
    const over = (authorities: string | null): VaultSession => new VaultSession({ base: secure.base, namespace: null, authorities }, { kind: 'token', token: () => 'hvs.SENSITIVE' }, new HandClock(0));

    it('trusts who its authorities vouch for', async () => {
      secure.tokens.set('hvs.SENSITIVE', { seconds: 0, isRenewable: false });
      secure.secrets.set('kv/data/quantonium', { smtp: 'x' });
      assert.equal(await read(over(authority.cert)), 'x');
    });

    it('refuses a server that nobody vouches for, and sends it nothing', async () => {
      const { length } = secure.requests;
      await assert.rejects(read(over(null)), refusal(/does not answer \((DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE)\)/));
      await assert.rejects(read(over(selfSigned('127.0.0.1').cert)), VaultUnreachable);
      assert.equal(secure.requests.length, length);
    });
  });

  it('tells a refusal, which somebody must mend, from an outage', () => {
    assert.ok(!(new VaultRefusal('x', 400) instanceof VaultUnreachable));
  });
});
