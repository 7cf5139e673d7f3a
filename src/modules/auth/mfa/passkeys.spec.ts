import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Principal } from '#pure/principal/principal.js';
import { type AuthScene, openAuthScene, SOURCE } from '../../../../test/harness/auth-engine.js';
import { faultOf, ticketOf } from '../../../../test/harness/second-factor.js';
import { MovableClock } from '../../../../test/harness/movable-clock.js';
import { type Irregularity, SoftwareAuthenticator } from '../../../../test/harness/software-authenticator.js';
import { Authenticator } from '../authenticator.js';
import { readAssertion, readRegistration } from '../domain/webauthn-response.js';
import { Users } from '../users.js';
import { PasskeyEnrolment } from './passkey-enrolment.js';
import { PasskeyLogin } from './passkey-login.js';
import { SecondFactorLogin } from './second-factor-login.js';
import { StepUp } from './step-up.js';

const ORIGIN = 'https://quantonium.example';

describe('passkeys', () => {
  let scene: AuthScene;
  const clock = new MovableClock();

  interface Holder {
    readonly id: string;
    readonly username: string;
    readonly password: string;
    readonly key: SoftwareAuthenticator;
    readonly principal: Principal;
    readonly passkeyId: string;
  }
  const holder = async (username: string, nature: ConstructorParameters<typeof SoftwareAuthenticator>[1] = {}): Promise<Holder> => {
    const person = await scene.person(username);
    const before = await scene.principal(person.username, person.password);
    const key = new SoftwareAuthenticator(ORIGIN, nature);
    const { id: passkeyId, token } = await enrol(before, key);
    return { ...person, key, passkeyId, principal: await scene.engine.get(Authenticator).authenticate(token.accessToken) };
  };
  const enrol = async (principal: Principal, key: SoftwareAuthenticator, odd: Irregularity = {}) =>
    scene.engine.get(PasskeyEnrolment).enrol(principal, { registration: readRegistration(key.create(await scene.engine.get(PasskeyEnrolment).offer(principal), odd)), label: 'a key' });
  const logIn = async (key: SoftwareAuthenticator, odd: Irregularity = {}) => scene.engine.get(PasskeyLogin).login({ assertion: readAssertion(key.get(await scene.engine.get(PasskeyLogin).question(), odd)) });
  const refusedLogin = async (key: SoftwareAuthenticator, odd: Irregularity): Promise<string> => (await faultOf(logIn(key, odd))).kind.code;
  const amrOf = (accessToken: string): unknown => (JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as { amr: unknown }).amr;

  before(async () => {
    scene = await openAuthScene({ clock });
  });
  after(() => scene.close());

  it('log in with nothing else, at aal2 and never at aal3', async () => {
    const { key, id, principal } = await holder('alone');
    assert.equal(principal.assurance, 'aal2');
    const token = await logIn(key);
    assert.deepEqual(amrOf(token.accessToken), ['hwk', 'user', 'mfa']);
    const known = await scene.engine.get(Authenticator).authenticate(token.accessToken);
    assert.deepEqual([known.id, known.assurance], [id, 'aal2']);
    const synced = await holder('synced', { synced: true });
    assert.deepEqual(amrOf((await logIn(synced.key)).accessToken), ['swk', 'user', 'mfa']);
  });

  it('are a second factor to a password, and make a session fresh', async () => {
    const person = await holder('second');
    const ticket = await ticketOf(scene, person);
    const question = await scene.engine.get(SecondFactorLogin).question(ticket);
    assert.deepEqual(question.allowCredentials.map(({ id }) => id), [person.key.credentialId.toString('base64url')]);
    const token = await scene.engine.get(SecondFactorLogin).complete({ ticket, proof: { factor: 'webauthn', assertion: readAssertion(person.key.get(question)) }, source: SOURCE });
    assert.deepEqual(amrOf(token.accessToken), ['pwd', 'hwk', 'user', 'mfa']);
    clock.offsetMillis += 400_000;
    const raised = await scene.engine.get(StepUp).raise(person.principal, { factor: 'webauthn', assertion: readAssertion(person.key.get(await scene.engine.get(StepUp).question(person.principal))) });
    assert.ok((await scene.engine.get(Authenticator).authenticate(raised.accessToken)).authenticatedAtSeconds >= person.principal.authenticatedAtSeconds + 400);
  });

  const ODD: Readonly<Record<string, Irregularity>> = {
    'of another origin': { origin: 'https://quantonium.example.evil.test' },
    'of the same host in clear': { origin: 'http://quantonium.example' },
    'of another port': { origin: 'https://quantonium.example:8443' },
    'for another relying party': { rpId: 'evil.test' },
    'for a parent domain': { rpId: 'example' },
    'of a challenge that was made up': { challenge: Buffer.alloc(32, 7).toString('base64url') },
    'that verified nobody': { unverified: true },
    'without anybody present': { absent: true },
    'made inside a page of somebody else': { crossOrigin: true },
    'made under a page of somebody else': { topOrigin: 'https://evil.test' },
    'that names another person': { userHandle: Buffer.alloc(16, 1).toString('base64url') },
    'that names nobody': { userHandle: null },
    'signed by another key': { signedBy: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey },
  };
  it('refuse an assertion that is not as it should be, in whatever way, with one answer', async () => {
    const { key } = await holder('odd');
    for (const [what, odd] of Object.entries(ODD)) assert.equal(await refusedLogin(key, odd), 'passkey-refused', what);
    await logIn(key);
  });

  it('refuse an assertion that is shown twice, and twenty at once but one', async () => {
    for (const [name, nature] of [['replayed', {}], ['replayed-counting', { counts: true }]] as const) {
      const { key } = await holder(name, nature);
      const assertion = readAssertion(key.get(await scene.engine.get(PasskeyLogin).question()));
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => scene.engine.get(PasskeyLogin).login({ assertion })));
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.equal((await faultOf(scene.engine.get(PasskeyLogin).login({ assertion }))).kind.code, 'passkey-refused');
    }
  });

  it('refuse a counter that stands still or goes back: there is a copy of the key', async () => {
    const { key } = await holder('counting', { counts: true });
    await logIn(key, { counter: 100 });
    for (const counter of [100, 99, 1, 0]) assert.equal(await refusedLogin(key, { counter }), 'passkey-refused', String(counter));
    await logIn(key, { counter: 101 });
  });

  it('take of two that count the same at the same time one', async () => {
    const { key } = await holder('raced', { counts: true });
    const assertions = await Promise.all([1, 2, 3].map(async () => readAssertion(key.get(await scene.engine.get(PasskeyLogin).question(), { counter: 50 }))));
    const outcomes = await Promise.allSettled(assertions.map((assertion) => scene.engine.get(PasskeyLogin).login({ assertion })));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  it('refuse a challenge of another ceremony, of another ticket, of another session, and one that is too old', async () => {
    const [one, two] = [await holder('ceremony-one'), await holder('ceremony-two')];
    const { engine } = scene;
    const forLogin = readAssertion(one.key.get(await engine.get(PasskeyLogin).question()));
    const ticket = await ticketOf(scene, one);
    assert.equal((await faultOf(engine.get(SecondFactorLogin).complete({ ticket, proof: { factor: 'webauthn', assertion: forLogin }, source: SOURCE }))).kind.code, 'second-factor-refused');
    const ofOther = one.key.get(await engine.get(SecondFactorLogin).question(await ticketOf(scene, one)));
    assert.equal((await faultOf(engine.get(SecondFactorLogin).complete({ ticket, proof: { factor: 'webauthn', assertion: readAssertion(ofOther) }, source: SOURCE }))).kind.code, 'second-factor-refused');
    const ofSession = readAssertion(one.key.get(await engine.get(StepUp).question(two.principal)));
    assert.equal((await faultOf(engine.get(StepUp).raise(one.principal, { factor: 'webauthn', assertion: ofSession }))).kind.code, 'second-factor-refused');
    // Another person's passkey is none of this one, whatever it signs.
    const ofStranger = readAssertion(two.key.get(await engine.get(SecondFactorLogin).question(ticket)));
    assert.equal((await faultOf(engine.get(SecondFactorLogin).complete({ ticket, proof: { factor: 'webauthn', assertion: ofStranger }, source: SOURCE }))).kind.code, 'second-factor-refused');
    const late = readAssertion(one.key.get(await engine.get(PasskeyLogin).question()));
    clock.offsetMillis += 301_000;
    assert.equal((await faultOf(engine.get(PasskeyLogin).login({ assertion: late }))).kind.code, 'passkey-refused');
  });

  it('open nothing of an account that is disabled, nor once they are removed', async () => {
    const gone = await holder('disabled');
    await scene.engine.get(Users).disable(scene.owner, gone.id);
    assert.equal(await refusedLogin(gone.key, {}), 'passkey-refused');
    const person = await holder('removed');
    await scene.engine.get(PasskeyEnrolment).remove(person.principal, person.passkeyId);
    assert.equal(await refusedLogin(person.key, {}), 'passkey-refused');
    await scene.principal(person.username, person.password);
  });

  it('are not enrolled from another origin, unverified, twice, for another session, or with a word of their maker', async () => {
    const person = await holder('enrols-odd');
    const certified = new Map<string, unknown>([['alg', -7], ['sig', Buffer.alloc(70)], ['x5c', [Buffer.alloc(100)]]]) as never;
    const odds: Irregularity[] = [{ origin: 'https://evil.test' }, { rpId: 'evil.test' }, { unverified: true }, { challenge: Buffer.alloc(32).toString('base64url') }, { crossOrigin: true }, { format: 'packed', statement: certified }, { format: 'android-safetynet' }];
    for (const odd of odds) assert.equal((await faultOf(enrol(person.principal, new SoftwareAuthenticator(ORIGIN), odd))).kind.code, 'enrolment-refused', JSON.stringify(odd.origin ?? odd.format ?? Object.keys(odd)));
    assert.equal((await faultOf(enrol(person.principal, person.key))).kind.code, 'passkey-taken');
    const other = await holder('enrols-other');
    const offer = await scene.engine.get(PasskeyEnrolment).offer(other.principal);
    const stolen = readRegistration(new SoftwareAuthenticator(ORIGIN).create(offer));
    assert.equal((await faultOf(scene.engine.get(PasskeyEnrolment).enrol(person.principal, { registration: stolen, label: null }))).kind.code, 'enrolment-refused');
    // What another account has enrolled is known there and stays there.
    assert.equal((await faultOf(enrol(other.principal, person.key))).kind.code, 'passkey-taken');
  });

  it('are read strictly: bad members are named, and nothing of them is thrown as an error of ours', () => {
    const good = new SoftwareAuthenticator(ORIGIN).get({ rpId: 'quantonium.example', challenge: 'AAAA' });
    const response = good['response'] as Record<string, unknown>;
    const cases: readonly [unknown, string][] = [
      [null, '/credential'], [[], '/credential'], [{}, '/credential/response'], [{ ...good, id: 'a+b=' }, '/credential/id'], [{ ...good, id: 7 }, '/credential/id'],
      [{ ...good, response: { ...response, signature: '' } }, '/credential/response/signature'],
      [{ ...good, response: { ...response, authenticatorData: 'x'.repeat(20_000) } }, '/credential/response/authenticatorData'],
      [{ ...good, response: { ...response, clientDataJSON: 'bm8ganNvbg' } }, '/credential/response/clientDataJSON'],
      [{ ...good, response: { ...response, userHandle: {} } }, '/credential/response/userHandle'],
    ];
    for (const [value, pointer] of cases) {
      assert.throws(() => readAssertion(value), (error: unknown) => (error as { context: { pointers: { pointer: string }[] } }).context.pointers[0]!.pointer === pointer, pointer);
    }
  });
});
