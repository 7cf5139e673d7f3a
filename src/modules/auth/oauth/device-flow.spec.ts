import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { type AuthEngine, type AuthScene, openAuthScene } from '../../../../test/harness/auth-engine.js';
import { HandClock } from '../../../../test/harness/hand-clock.js';
import { Authenticator } from '../authenticator.js';
import { CLI_CLIENT, type OAuthClient } from '../domain/oauth-client.js';
import { RefreshTokens } from '../refresh-tokens.js';
import { Sessions } from '../sessions.js';
import type { IssuedToken } from '../token-issuer.js';
import { Clients } from './clients.js';
import { DeviceApproval } from './device-approval.js';
import { DeviceCodeIssuer, type DeviceCodes } from './device-codes.js';
import { DeviceLogin } from './device-login.js';

/** A command line that a person lets in, on two replicas of one installation. */
describe('the device flow', () => {
  const clock = new HandClock(Date.now());
  let scene: AuthScene;
  let other: AuthEngine;
  let cli: OAuthClient;
  let ann: { username: string; password: string };
  let person: Principal;

  const outcome = async (attempt: Promise<unknown>): Promise<string> => {
    try {
      await attempt;
      return 'ok';
    } catch (error) {
      if (error instanceof Fault) return error.kind.code;
      throw error;
    }
  };
  const begin = (client = cli): Promise<DeviceCodes> => scene.engine.get(DeviceCodeIssuer).issue(client, null, '203.0.113.9');
  const redeem = (deviceCode: string, { engine = scene.engine, client = cli } = {}): Promise<IssuedToken> => engine.get(DeviceLogin).redeem(client, deviceCode, null);
  const approve = (userCode: string, by = person): Promise<void> => other.get(DeviceApproval).approve(by, userCode);
  const wait = (seconds: number): void => void (clock.millis += seconds * 1000);

  before(async () => {
    scene = await openAuthScene({ clock });
    other = await scene.replica();
    cli = await scene.engine.get(Clients).get(scene.owner, CLI_CLIENT.id);
    ann = await scene.person('ann');
    person = await scene.principal(ann.username, ann.password, 'read:data run:simulation');
  });
  after(() => scene.close());

  it('lets a device in as the person who approved, with their scopes and the age of their login', async () => {
    const { deviceCode, userCode } = await begin();
    assert.equal(await outcome(redeem(deviceCode)), 'authorization-pending');
    const shown = await other.get(DeviceApproval).look(person, userCode.toLowerCase());
    assert.deepEqual([shown.clientName, shown.source, [...shown.scopes]], ['quantonium-cli', '203.0.113.9', ['read:data', 'run:simulation']]);
    wait(120);
    await approve(userCode);
    wait(30);
    const token = await redeem(deviceCode);
    const device = await other.get(Authenticator).authenticate(token.accessToken);
    assert.deepEqual([device.id, [...device.scopes], device.authenticatedAtSeconds], [person.id, ['read:data', 'run:simulation'], person.authenticatedAtSeconds]);
    assert.match(token.refreshToken!, /^qrt_/);
    assert.equal(await outcome(redeem(deviceCode)), 'invalid-grant');
  });

  it('gives one token to twenty polls at once', async () => {
    const { deviceCode, userCode } = await begin();
    await approve(userCode);
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, n) => outcome(redeem(deviceCode, { engine: n % 2 === 0 ? scene.engine : other }))));
    assert.deepEqual(outcomes.toSorted(), ['invalid-grant', 'ok'].flatMap((code) => Array.from({ length: code === 'ok' ? 1 : 19 }, () => code)));
  });

  it('slows down who asks too often, on every replica, by five seconds each time', async () => {
    const { deviceCode } = await begin();
    assert.equal(await outcome(redeem(deviceCode)), 'authorization-pending');
    assert.equal(await outcome(redeem(deviceCode, { engine: other })), 'slow-down');
    wait(6);
    assert.equal(await outcome(redeem(deviceCode)), 'slow-down');
    wait(16);
    assert.equal(await outcome(redeem(deviceCode)), 'authorization-pending');
  });

  it('is over after ten minutes, for the device and for the person', async () => {
    const { deviceCode, userCode } = await begin();
    wait(600);
    assert.equal(await outcome(redeem(deviceCode)), 'expired-token');
    assert.equal(await outcome(approve(userCode)), 'unknown-user-code');
  });

  it('ends where the person refuses, and is decided once', async () => {
    const { deviceCode, userCode } = await begin();
    await other.get(DeviceApproval).deny(person, userCode);
    assert.equal(await outcome(approve(userCode)), 'device-decided');
    assert.equal(await outcome(redeem(deviceCode)), 'access-denied');
    assert.equal(await outcome(redeem(deviceCode)), 'invalid-grant');
  });

  it('is of the client that began it: neither its code nor its refresh token is of use to another', async () => {
    const stranger = await scene.engine.get(Clients).create(scene.owner, null, { name: 'notebook', scopes: new Set(['read:data']), dpopRequired: false });
    const { deviceCode, userCode } = await begin();
    await approve(userCode);
    assert.equal(await outcome(redeem(deviceCode, { client: stranger })), 'invalid-grant');
    const { refreshToken } = await redeem(deviceCode);
    const refresh = (clientId: string | null): Promise<string> => outcome(other.get(RefreshTokens).redeem(refreshToken!, { clientId, dpopThumbprint: null }));
    assert.deepEqual([await refresh(stranger.id), await refresh(null), await refresh(cli.id)], ['refresh-refused', 'refresh-refused', 'ok']);
  });

  it('is not continued by a device that was let in, nor heeds who has logged out or changed since', async () => {
    const first = await begin();
    await approve(first.userCode);
    const device = await other.get(Authenticator).authenticate((await redeem(first.deviceCode)).accessToken);
    const second = await begin();
    assert.equal(await outcome(approve(second.userCode, device)), 'login-needed');
    const brief = await scene.principal(ann.username, ann.password);
    await approve(second.userCode, brief);
    await scene.engine.get(Sessions).logout(brief);
    assert.equal(await outcome(redeem(second.deviceCode)), 'invalid-grant');
  });

  it('ends with its client: sessions, codes that wait, and codes that were approved', async () => {
    const clients = scene.engine.get(Clients);
    const client = await clients.create(scene.owner, null, { name: 'shortlived', scopes: new Set(['read:data']), dpopRequired: false });
    const [running, waiting] = [await begin(client), await begin(client)];
    await approve(running.userCode);
    const token = await redeem(running.deviceCode, { client });
    await approve(waiting.userCode);
    await clients.disable(scene.owner, client.id, null);
    await assert.rejects(other.get(Authenticator).authenticate(token.accessToken));
    assert.equal(await outcome(redeem(waiting.deviceCode, { client })), 'invalid-grant');
  });

  it('gives nobody more by a client than their own token has', async () => {
    const narrow = await scene.principal('owner', 'correct horse battery staple', 'manage:identity read:data');
    const clients = scene.engine.get(Clients);
    assert.equal(await outcome(clients.create(narrow, null, { name: 'wide', scopes: new Set(['read:data', 'manage:keys']), dpopRequired: false })), 'insufficient-scope');
    const client = await clients.create(narrow, null, { name: 'wide', scopes: new Set(['read:data']), dpopRequired: false });
    assert.equal(await outcome(clients.replace(narrow, client.id, null, { name: 'wide', scopes: new Set(['read:data', 'manage:keys']), dpopRequired: false })), 'insufficient-scope');
    assert.equal(await outcome(clients.replace(scene.owner, cli.id, null, { name: 'mine', scopes: new Set(['read:data']), dpopRequired: false })), 'builtin-client');
    assert.equal(await outcome(clients.create(person, null, { name: 'other', scopes: new Set(['read:data']), dpopRequired: false })), 'insufficient-scope');
  });

  it('slows down who tries codes, and nobody else', async () => {
    const { userCode } = await begin();
    const bob = await scene.person('bob');
    const guesser = await scene.principal(bob.username, bob.password);
    const guesses = await Promise.all(Array.from({ length: 30 }, () => outcome(other.get(DeviceApproval).look(guesser, 'BBBB-BBBB'))));
    assert.ok(guesses.filter((each) => each === 'unknown-user-code').length <= 12, guesses.join());
    assert.ok(guesses.includes('too-many-attempts'));
    assert.equal(await outcome(scene.engine.get(DeviceApproval).look(guesser, userCode)), 'too-many-attempts');
    assert.equal(await outcome(approve(userCode)), 'ok');
  });

  it('keeps neither code in the database', async () => {
    const { deviceCode, userCode } = await begin();
    const [{ dump } = { dump: '' }] = await scene.query<{ dump: string }>(`SELECT string_agg(device::text, ' ') AS dump FROM auth.device_authorization AS device`);
    for (const code of [deviceCode, userCode, Buffer.from(userCode).toString('hex')]) assert.ok(!dump.includes(code));
  });
});
