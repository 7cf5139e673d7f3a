import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Keyring } from '#modules/crypto/index.js';
import { RoleBindings } from '#modules/rbac/index.js';
import { LETTER_SEAL, openLetter } from '#platform/outbox/letter.js';
import { Fault } from '#pure/fault/fault.js';
import { type Principal, SCOPES } from '#pure/principal/principal.js';
import { type AuthScene, openAuthScene, OWNER, SOURCE } from '../../../../test/harness/auth-engine.js';
import { MovableClock } from '../../../../test/harness/movable-clock.js';
import { enrolled } from '../../../../test/harness/second-factor.js';
import { AccountErasure } from '../account-erasure.js';
import { ApiKeyAuthenticator } from '../api-keys/api-key-authenticator.js';
import { ApiKeys } from '../api-keys/api-keys.js';
import { Authenticator } from '../authenticator.js';
import { PasswordChange } from '../password-change.js';
import { PasswordLogin } from '../password-login.js';
import { PrincipalRepository } from '../persistence/principal.repository.js';
import { Users } from '../users.js';
import { AccountAddress } from './account-address.js';
import { PasswordResets } from './password-resets.js';
import { ResetLinks } from './reset-links.js';

const [PASSWORD, ANOTHER] = ['a phrase that is long enough', 'another phrase, long enough too'];
const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof Fault) return error.kind.code;
      throw error;
    },
  );

describe('a password that was forgotten', () => {
  const clock = new MovableClock();
  let scene: AuthScene;
  let resets: PasswordResets;
  let links: ResetLinks;

  before(async () => {
    scene = await openAuthScene({ clock, settings: { SMTP_URL: 'smtp://mail.example', ALERT_EMAIL_FROM: 'q@example.com' } });
    resets = scene.engine.get(PasswordResets);
    links = scene.engine.get(ResetLinks);
  });
  after(() => scene.close());
  beforeEach(async () => {
    clock.offsetMillis = 0;
    await scene.query('DELETE FROM platform.outbox');
  });

  const person = async (username: string, email: string | null = null): Promise<string> => {
    const { user } = await scene.engine.get(Users).create(scene.owner, null, { username, password: PASSWORD });
    await scene.query('UPDATE auth.user_account SET must_change_password = false, email = $2 WHERE principal_id = $1', [user.id, email]);
    return user.id;
  };
  const letters = async (): Promise<{ readonly to: string; readonly token: string }[]> => {
    const rows = await scene.query<{ destination: string; subject: { letter: string } }>('SELECT destination, subject FROM platform.outbox ORDER BY place');
    return rows.map((row) => openLetter(scene.engine.get(Keyring).sealer(LETTER_SEAL), row)!).map(({ to, text }) => ({ to, token: /https:\/\/quantonium\.example\/password-reset#(qpr_\S+)/.exec(text)![1]! }));
  };
  const made = async (principal: Principal, id: string): Promise<string> => (await links.make(principal, id)).link!.split('#')[1]!;
  const reset = (token: string, newPassword = ANOTHER) => codeOf(resets.reset({ token, newPassword }));
  const opens = async (username: string, password: string): Promise<boolean> => (await codeOf(scene.engine.get(PasswordLogin).login({ username, password, source: SOURCE }))) === 'done';

  it('is set anew by a link that went to the account’s address, and ends its sessions and keys', async () => {
    const id = await person('anna', 'anna@example.com');
    const token = await scene.engine.get(PasswordLogin).login({ username: 'anna', password: PASSWORD, source: SOURCE });
    assert.ok('accessToken' in token);
    const key = await scene.engine.get(ApiKeys).create(await scene.principal('anna', PASSWORD), null, { label: null, scopes: new Set(SCOPES), project: null, lifetimeDays: 1 });
    await resets.request('Anna');
    assert.deepEqual(await letters(), [], 'behind the answer, and not in it');
    assert.equal(await links.work(), 1);
    const [letter] = await letters();
    assert.equal(letter!.to, 'anna@example.com');
    assert.equal(await reset(letter!.token, 'short'), 'password-rejected');
    assert.equal(await reset(letter!.token), 'done');
    assert.deepEqual([await opens('anna', PASSWORD), await opens('anna', ANOTHER)], [false, true]);
    assert.equal(await codeOf(scene.engine.get(Authenticator).authenticate(token.accessToken)), 'unauthenticated');
    assert.equal(await codeOf(scene.engine.get(ApiKeyAuthenticator).authenticate(key.text)), 'unauthenticated');
    void id;
  });

  it('is noted for every name alike, and mailed where there is somewhere to mail to', async () => {
    await person('bert');
    const disabled = await person('carl', 'carl@example.com');
    await scene.engine.get(Users).disable(scene.owner, disabled);
    const sealed = await person('dora', 'dora@example.com');
    await scene.query('UPDATE auth.principal SET sealed = true WHERE id = $1', [sealed]);
    for (const name of ['bert', 'carl', 'dora', 'nobody', 'a text that is no name at all', '\u212Aarl']) assert.equal(await codeOf(resets.request(name)), 'done');
    assert.equal(await links.work(), 6);
    assert.deepEqual(await letters(), []);
    assert.deepEqual(await scene.query('SELECT FROM auth.reset_request'), []);
    const entries = await scene.query<{ keys: string[] }>(`SELECT array(SELECT jsonb_object_keys(convert_from(body, 'UTF8')::jsonb->'unmapped') ORDER BY 1) AS keys FROM audit.entry WHERE convert_from(body, 'UTF8')::jsonb->'metadata'->>'event_code' = 'auth.password.reset.request' ORDER BY seq DESC LIMIT 6`);
    assert.equal(new Set(entries.map(({ keys }) => keys.join())).size, 1, 'entries of one shape');
  });

  it('fills nobody’s mailbox, however often strangers ask', async () => {
    await person('emil', 'emil@example.com');
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(Array.from({ length: 5 }, () => resets.request('emil')));
      await Promise.all([links.work(), (await scene.replica()).get(ResetLinks).work()]);
    }
    assert.equal((await letters()).length, 1);
    clock.offsetMillis = 5 * 60_000 + 1000;
    await resets.request('emil');
    await links.work();
    const [first, second] = await letters();
    assert.deepEqual([await reset(first!.token), await reset(second!.token)], ['link-refused', 'done'], 'the newest one is good');
  });

  it('is set anew once by one link, of many at once', async () => {
    const id = await person('fritz');
    const token = await made(scene.owner, id);
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => reset(token)));
    assert.deepEqual(outcomes.sort(), ['done', ...Array<string>(9).fill('link-refused')]);
    assert.equal(await reset(token), 'link-refused');
  });

  it('is not set anew after half an hour, after it was changed, when a factor came or went, or for who is disabled', async () => {
    const id = await person('gerda');
    const late = await made(scene.owner, id);
    clock.offsetMillis = 30 * 60_000 + 1;
    assert.equal(await reset(late), 'link-refused');
    clock.offsetMillis = 0;
    const overtaken = await made(scene.owner, id);
    await scene.engine.get(PasswordChange).change(await scene.principal('gerda', PASSWORD), { currentPassword: PASSWORD, newPassword: ANOTHER });
    assert.equal(await reset(overtaken, PASSWORD), 'link-refused');
    const moved = await made(scene.owner, id);
    await scene.database.app.run(scene.owner, (tx) => scene.engine.get(PrincipalRepository).bumpEpoch(tx, id));
    assert.equal(await reset(moved, PASSWORD), 'link-refused');
    const disabled = await made(scene.owner, id);
    await scene.engine.get(Users).disable(scene.owner, id);
    assert.equal(await reset(disabled, PASSWORD), 'link-refused');
    await scene.engine.get(Users).enable(scene.owner, id);
    assert.equal(await reset(disabled, PASSWORD), 'link-refused', 'enabled again, in another epoch');
    for (const token of ['', 'qpr_', disabled.replace('qpr_', 'qiv_'), disabled.replace(/.$/, '-')]) assert.equal(await reset(token, PASSWORD), 'link-refused');
    assert.ok(await opens('gerda', ANOTHER));
  });

  it('is set anew for others by who may be them, and that is remembered', async () => {
    const [helper, equal, stronger] = [await person('hans'), await person('ines'), await person('jan')];
    const bind = (subjectId: string, roleId: string) => scene.engine.get(RoleBindings).bind(scene.owner, null, { subjectId, roleId, projectId: null, expiresAt: null });
    await bind(helper, 'access-admin');
    await bind(equal, 'viewer');
    await bind(stronger, 'key-manager');
    const admin = await scene.principal('hans', PASSWORD);
    assert.equal(await codeOf(links.make(admin, stronger)), 'grant-exceeds-own', 'a link to who may more would be a way up');
    assert.equal(await codeOf(links.make(admin, scene.owner.id)), 'account-protected');
    assert.equal(await codeOf(links.make(admin, helper)), 'own-account');
    assert.equal(await codeOf(links.make({ ...admin, apiKeyId: admin.id }, equal)), 'session-required');
    assert.equal(await codeOf(links.make(await scene.principal('ines', PASSWORD), helper)), 'forbidden');
    assert.equal(await reset(await made(admin, equal)), 'done');
    const beholden = (makerId: string) => scene.database.app.run(scene.owner, (tx) => scene.engine.get(PrincipalRepository).isBeholdenTo(tx, equal, makerId, 0));
    assert.deepEqual([await beholden(helper), await beholden(stronger)], [true, false]);
  });

  it('of an account with an address is set by its holder alone: who made the link does not see it', async () => {
    const id = await person('karl', 'karl@example.com');
    assert.equal((await links.make(scene.owner, id)).link, null);
    assert.equal((await letters())[0]!.to, 'karl@example.com');
  });

  it('leaves nothing in the database that is the link, and nothing of who is erased', async () => {
    const id = await person('lena', 'lena@example.com');
    await resets.request('lena');
    await links.work();
    const [{ token } = { token: '' }] = await letters();
    await resets.request('lena');
    const dump = JSON.stringify(await scene.query('SELECT row_to_json(r)::text FROM auth.password_reset AS r UNION ALL SELECT row_to_json(o)::text FROM platform.outbox AS o'));
    assert.ok(!dump.includes(token.slice(4, 40)) && !dump.includes('lena@example.com'));
    await scene.database.app.run(scene.owner, (tx) => scene.engine.get(AccountErasure).erase(tx, scene.owner, id));
    assert.deepEqual(await letters(), []);
    assert.deepEqual(await scene.query('SELECT email FROM auth.user_account WHERE principal_id = $1', [id]), [{ email: null }]);
    assert.deepEqual(await scene.query('SELECT FROM auth.password_reset WHERE principal_id = $1 UNION ALL SELECT FROM auth.reset_request WHERE principal_id = $1', [id]), []);
    assert.equal(await reset(token), 'link-refused');
  });

  it('of the owner stays what it was through all of this', async () => {
    assert.ok(await opens(OWNER.username, OWNER.password));
  });

  describe('goes by an address that', () => {
    const addresses = (): AccountAddress => scene.engine.get(AccountAddress);
    const versionOf = async (id: string): Promise<number> => (await scene.engine.get(Users).get(scene.owner, id)).user.version;
    const told = async (): Promise<string[]> => {
      const rows = await scene.query<{ destination: string; subject: { letter: string } }>('SELECT destination, subject FROM platform.outbox ORDER BY place');
      return rows.map((row) => openLetter(scene.engine.get(Keyring).sealer(LETTER_SEAL), row)!).map(({ to, subject }) => `${to}: ${subject}`);
    };

    it('its holder moves by a fresh login alone, whose links of before are void and whose address of before is told', async () => {
      const id = await person('mover', 'old@example.com');
      await resets.request('mover');
      await links.work();
      const { token } = (await letters())[0]!;
      const mover = await scene.principal('mover', PASSWORD);
      assert.equal(await codeOf(addresses().changeOwn({ ...mover, authenticatedAtSeconds: mover.authenticatedAtSeconds - 301 }, 'new@example.com')), 'insufficient-assurance');
      const version = await versionOf(id);
      await addresses().changeOwn(mover, 'new@example.com');
      assert.deepEqual([await addresses().own(mover), await versionOf(id)], ['new@example.com', version + 1]);
      assert.deepEqual(await told(), ['old@example.com: Your address at quantonium.example'], 'the letter with the link is not sent any more');
      assert.equal(await reset(token), 'link-refused');
      await addresses().changeOwn(mover, null);
      assert.equal(await addresses().own(mover), null);
    });

    it('of an account with a second factor is moved by that alone', async () => {
      const { principal } = await enrolled(scene, clock, 'doubled');
      assert.equal(await codeOf(addresses().changeOwn({ ...principal, assurance: 'aal1' }, 'thief@example.com')), 'insufficient-assurance');
      assert.equal(await codeOf(addresses().changeOwn(principal, 'doubled@example.com')), 'done');
    });

    it('others move as they give links: never of who may do more than they, never their own, once for one version', async () => {
      const id = await person('moved');
      const helper = await person('helper');
      await scene.engine.get(RoleBindings).bind(scene.owner, null, { subjectId: helper, roleId: 'access-admin', projectId: null, expiresAt: null });
      const admin = await scene.principal('helper', PASSWORD);
      const version = await versionOf(id);
      await addresses().change(admin, id, new Set([version]), 'moved@example.com');
      assert.equal(await codeOf(addresses().change(admin, id, new Set([version]), 'again@example.com')), 'precondition-failed');
      assert.equal(await codeOf(addresses().change(admin, helper, null, 'x@example.com')), 'own-account');
      assert.equal(await codeOf(addresses().change(admin, scene.owner.id, null, 'x@example.com')), 'account-protected');
      await scene.engine.get(RoleBindings).bind(scene.owner, null, { subjectId: id, roleId: 'key-manager', projectId: null, expiresAt: null });
      assert.equal(await codeOf(addresses().change(admin, id, null, 'x@example.com')), 'grant-exceeds-own');
      assert.equal(await codeOf(addresses().change(admin, crypto.randomUUID(), null, 'x@example.com')), 'not-found');
      assert.deepEqual(await scene.query('SELECT email, credentials_reset_by AS by FROM auth.user_account WHERE principal_id = $1', [id]), [{ email: 'moved@example.com', by: helper }]);
      const bodies = await scene.query<{ text: string }>(`SELECT convert_from(body, 'UTF8') AS text FROM audit.entry WHERE position('auth.user.address'::bytea IN body) > 0`);
      assert.ok(bodies.length > 0 && bodies.every(({ text }) => !text.includes('example.com"')), 'no entry holds an address');
    });
  });
});
