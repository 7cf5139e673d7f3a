import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { before, describe, it } from 'node:test';
import { call, loginOwner } from '../harness/api.js';
import { withServer } from '../harness/with-server.js';
import { createPerson, type Person } from '../harness/world.js';
import { needProgram } from './install.js';

/** What Debian's oathtool shows for a secret as people are given it, in Base32, at a time. */
function oathtool(secret: string, atSeconds: number, ...options: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('oathtool', ['--totp', `--now=@${atSeconds}`, ...options, '-'], { encoding: 'utf8', input: `${secret}\n` });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

const STEP_SECONDS = 30;
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** One-time codes that a program nobody here wrote computes, against a server of ours. */
describe('codes of an authenticator application of others', () => {
  let owner: string;
  let person: Person;
  let secret: string;

  const server = withServer(async () => {
    owner = await loginOwner(server);
    person = await createPerson(server, owner, 'oona');
  });
  before(() => needProgram('oathtool'));

  const confirm = (code: string) => call<{ access_token: string }>(server, 'POST', '/v1/auth/mfa/totp/confirm', { token: person.token, json: { code } });
  const login = async (code: string) => {
    const first = await call<{ ticket: string; mfa_required: boolean }>(server, 'POST', '/v1/auth/login', { json: { username: person.username, password: person.password } });
    assert.equal(first.body.mfa_required, true, first.text);
    return call<{ access_token: string; type: string }>(server, 'POST', '/v1/auth/mfa/verify', { json: { ticket: first.body.ticket, factor: 'totp', code } });
  };

  it('are those of RFC 6238, appendix B, as the application computes them', () => {
    // "12345678901234567890" in Base32.
    const vectors: readonly (readonly [number, string])[] = [[59, '94287082'], [1111111109, '07081804'], [1111111111, '14050471'], [1234567890, '89005924'], [2000000000, '69279037'], [20000000000, '65353130']];
    for (const [seconds, code] of vectors) assert.equal(oathtool('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', seconds, '--base32', '--digits=8'), code);
  });

  it('enrol it, of the secret as it is shown', async () => {
    const begun = await call<{ secret: string; uri: string }>(server, 'POST', '/v1/auth/mfa/totp', { token: person.token });
    assert.equal(begun.status, 200, begun.text);
    ({ secret } = begun.body);
    const uri = new URL(begun.body.uri);
    assert.deepEqual([uri.protocol, uri.host, uri.searchParams.get('secret')], ['otpauth:', 'totp', secret]);
    // What applications assume who read no more than the secret.
    for (const [name, assumed] of [['algorithm', 'SHA1'], ['digits', '6'], ['period', '30']] as const) assert.equal(uri.searchParams.get(name) ?? assumed, assumed, name);
    assert.equal((await confirm(oathtool(secret, nowSeconds() - 10 * STEP_SECONDS, '--base32'))).status, 422);
    const confirmed = await confirm(oathtool(secret, nowSeconds(), '--base32'));
    assert.equal(confirmed.status, 200, confirmed.text);
  });

  it('log in with it, each once, and none of ten steps ago', async () => {
    // The one of now was used up by the enrolment; a clock may be a step ahead.
    const code = oathtool(secret, nowSeconds() + STEP_SECONDS, '--base32');
    const entered = await login(code);
    assert.equal(entered.status, 200, entered.text);
    assert.equal((await call<{ assurance: string }>(server, 'GET', '/v1/auth/me', { token: entered.body.access_token })).body.assurance, 'aal2');
    for (const other of [code, oathtool(secret, nowSeconds() - 10 * STEP_SECONDS, '--base32')]) {
      const refused = await login(other);
      assert.deepEqual([refused.status, refused.body.type], [401, 'urn:quantonium:problem:second-factor-refused']);
    }
  });
});
