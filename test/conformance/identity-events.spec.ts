import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isJsonObject } from '#pure/canonical-json/json-value.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import { CATALOGUE } from '../../src/app/catalogue.js';
import { ocsfEntry } from '../../src/modules/audit/domain/ocsf-entry.js';

/** OCSF 1.8.0 activities by class, as that schema numbers them; what it has no number for is 99, Other. */
const [ACCOUNT, LOGIN, PRIVILEGES] = [3001, 3002, 3003];
const OTHER = 99;

/** Every deed with an identity, by class and activity: written by hand from the schema, and not from what is declared. */
const DEEDS: readonly (readonly [number, number, string, readonly string[]])[] = [
  [LOGIN, 1, 'Logon', ['auth.login', 'auth.login.failed', 'auth.device.login']],
  [LOGIN, 2, 'Logoff', ['auth.logout', 'auth.session.revoke']],
  [LOGIN, 5, 'Service Ticket Renew', ['auth.token.renew', 'auth.token.refresh', 'auth.refresh.reuse']],
  [LOGIN, 6, 'Preauth', ['auth.mfa.challenge']],
  [LOGIN, OTHER, 'Other', ['auth.device.request']],
  [PRIVILEGES, 1, 'Assign Privileges', ['auth.device.approve', 'auth.mfa.step-up']],
  [PRIVILEGES, OTHER, 'Other', ['auth.device.deny']],
  [ACCOUNT, 1, 'Create', ['auth.user.create', 'auth.service-account.create', 'auth.owner.bootstrap', 'auth.client.create', 'auth.invite.accept', 'auth.invite.accept.failed', 'auth.register']],
  [ACCOUNT, 2, 'Enable', ['auth.user.enable', 'auth.service-account.enable', 'auth.client.enable']],
  [ACCOUNT, 3, 'Password Change', ['auth.password.change', 'auth.password.change.failed']],
  [ACCOUNT, 4, 'Password Reset', ['auth.owner.recover', 'auth.password.reset', 'auth.password.reset.failed']],
  [ACCOUNT, 5, 'Disable', ['auth.user.disable', 'auth.service-account.disable', 'auth.client.disable']],
  [ACCOUNT, 10, 'MFA Factor Enable', ['auth.mfa.enrol']],
  [ACCOUNT, 11, 'MFA Factor Disable', ['auth.mfa.remove', 'auth.mfa.reset']],
];

/** What has no activity of its own in Account Change: credentials that come and go, and names. */
const CREDENTIALS = /^auth\.(?:api-key|client-certificate|client-key|client-secret)\.(?:create|revoke)$|^auth\.(?:user|service-account|client)\.update$|^auth\.user\.address$|^auth\.service-account\.hand-over$|^auth\.invite\.(?:create|revoke)$|^auth\.password\.reset\.(?:request|link)$|^auth\.mfa\.recovery-codes\.create$/;

const STAMP = { id: '0198c0de-0000-7000-8000-000000000001', timeMillis: 1_763_769_600_123, requestId: '0198c0de-0000-7000-8000-0000000000aa', source: 'c291cmNlLW9mLWRheQ', traceId: null, productVersion: '1.2.3' };
const ANN: Principal = { ...systemPrincipal('x'), id: '0198c0de-0000-7000-8000-000000000007', kind: 'user' };
const BEN = '0198c0de-0000-7000-8000-000000000008';
const KINDS = CATALOGUE.events.filter(({ code }) => code.startsWith('auth.'));

describe('the events of identities', () => {
  it('have each the class and the activity that OCSF has for its deed', () => {
    for (const [classUid, activityId, name, codes] of DEEDS) {
      for (const code of codes) {
        const kind = KINDS.find((each) => each.code === code);
        assert.deepEqual([kind?.classUid, kind?.activityId], [classUid, activityId], `${code}: ${name}`);
      }
    }
  });

  it('are all in this table, or account changes without an activity of their own', () => {
    const known = new Set(DEEDS.flatMap(([, , , codes]) => codes));
    const others = KINDS.filter(({ code }) => !known.has(code));
    assert.deepEqual(others.filter(({ classUid, activityId }) => classUid !== ACCOUNT || activityId !== OTHER).map(({ code }) => code), []);
    assert.deepEqual(others.map(({ code }) => code).filter((code) => !CREDENTIALS.test(code)), []);
  });

  for (const kind of KINDS) {
    it(`say who did it, to whom and how it ended: ${kind.code}`, () => {
      for (const [outcome, status] of [['success', 1], ['failure', 2]] as const) {
        const body = ocsfEntry({ kind, outcome, actor: ANN, targets: [{ type: 'user', uid: BEN }] }, STAMP);
        const { actor, user } = body;
        assert.ok(isJsonObject(actor) && isJsonObject(actor['user']) && isJsonObject(user));
        assert.deepEqual([body['class_uid'], body['activity_id'], body['status_id'], actor['user']['uid'], user['uid']], [kind.classUid, kind.activityId, status, ANN.id, BEN]);
        const stranger = ocsfEntry({ kind, outcome, actor: null }, STAMP)['user'];
        assert.ok(isJsonObject(stranger) && stranger['uid'] === 'anonymous', 'of a stranger it says that nobody is known');
      }
    });
  }
});
