import { auditEvents } from '#pure/audit-event/audit-event.js';

// OCSF 1.8.0. 3001 Account Change is deprecated from 1.9.0 in favour of 3007; the pinned release has only 3001.
const AUTHENTICATION = 3002;
const ACCOUNT_CHANGE = 3001;
const AUTHORIZE_SESSION = 3003;
const API_ACTIVITY = 6003;

/** What the auth module records. */
export const AUTH_EVENTS = auditEvents({
  'access.source.block': { classUid: API_ACTIVITY, activityId: 99, severityId: 2, description: 'A source that went on after it had been refused is not listened to without a credential for a while.' },
  'access.source.unblock': { classUid: API_ACTIVITY, activityId: 4, severityId: 2, description: 'A blocked source was let in again before its time.' },
  'auth.login': { classUid: AUTHENTICATION, activityId: 1, description: 'A user logged in with a password, or a service account with a secret.' },
  'auth.login.failed': { classUid: AUTHENTICATION, activityId: 1, severityId: 2, description: 'A login was refused: unknown account, wrong password or secret, disabled account, or too many attempts.' },
  'auth.token.renew': { classUid: AUTHENTICATION, activityId: 5, description: 'The lease of a token was renewed by its holder.' },
  'auth.token.refresh': { classUid: AUTHENTICATION, activityId: 5, description: 'A session went on: its refresh token was exchanged for the next one and an access token.' },
  'auth.refresh.reuse': { classUid: AUTHENTICATION, activityId: 5, severityId: 4, description: 'A refresh token came again that had been exchanged before: somebody has a copy of it, and its session was ended.' },
  'auth.session.revoke': { classUid: AUTHENTICATION, activityId: 2, severityId: 2, description: 'Sessions were ended by their holder, by an administrator or by the client that gave a token back, other than by a logout. As a failure: the token was none of its own.' },
  'auth.logout': { classUid: AUTHENTICATION, activityId: 2, description: 'A session was ended by its own holder.' },
  'auth.password.change': { classUid: ACCOUNT_CHANGE, activityId: 3, description: 'A user changed their own password; their other sessions ended.' },
  'auth.password.change.failed': { classUid: ACCOUNT_CHANGE, activityId: 3, severityId: 2, description: 'A password change was refused because the current password was wrong.' },
  'auth.user.create': { classUid: ACCOUNT_CHANGE, activityId: 1, description: 'A user account was created.' },
  'auth.user.update': { classUid: ACCOUNT_CHANGE, activityId: 99, description: 'What a user account is called was changed.' },
  'auth.user.enable': { classUid: ACCOUNT_CHANGE, activityId: 2, description: 'A user account was enabled.' },
  'auth.user.disable': { classUid: ACCOUNT_CHANGE, activityId: 5, severityId: 2, description: 'A user account was disabled; its sessions ended.' },
  'auth.service-account.create': { classUid: ACCOUNT_CHANGE, activityId: 1, description: 'A service account was created.' },
  'auth.service-account.update': { classUid: ACCOUNT_CHANGE, activityId: 99, description: 'A service account was renamed.' },
  'auth.service-account.hand-over': { classUid: ACCOUNT_CHANGE, activityId: 99, severityId: 2, description: 'A service account was given another owner, whose rights bound it from then on.' },
  'auth.service-account.enable': { classUid: ACCOUNT_CHANGE, activityId: 2, description: 'A service account was enabled.' },
  'auth.service-account.disable': { classUid: ACCOUNT_CHANGE, activityId: 5, severityId: 2, description: 'A service account was disabled; its sessions ended.' },
  'auth.client-secret.create': { classUid: ACCOUNT_CHANGE, activityId: 99, severityId: 2, description: 'A secret was made for a service account, and shown to who made it.' },
  'auth.client-secret.revoke': { classUid: ACCOUNT_CHANGE, activityId: 99, severityId: 2, description: 'A secret of a service account was revoked; the sessions that began with it ended.' },
  'auth.client-certificate.create': { classUid: ACCOUNT_CHANGE, activityId: 99, severityId: 2, description: 'A certificate was given to a service account, to log in with.' },
  'auth.client-certificate.revoke': { classUid: ACCOUNT_CHANGE, activityId: 99, severityId: 2, description: 'A certificate of a service account was revoked; the sessions that began with it ended.' },
  'auth.owner.bootstrap': { classUid: ACCOUNT_CHANGE, activityId: 1, severityId: 3, description: 'The first owner was created at the first start.' },
  'auth.owner.recover': { classUid: ACCOUNT_CHANGE, activityId: 4, severityId: 5, description: 'An owner account was recovered by someone who holds the root key and the database.' },
  'auth.api-key.create': { classUid: ACCOUNT_CHANGE, activityId: 99, severityId: 2, description: 'A person made a key for their programs, and was shown it.' },
  'auth.api-key.revoke': { classUid: ACCOUNT_CHANGE, activityId: 99, severityId: 2, description: 'A key was revoked, by its owner or by somebody who may.' },
  'auth.client.create': { classUid: ACCOUNT_CHANGE, activityId: 1, description: 'A client that people use was registered.' },
  'auth.client.update': { classUid: ACCOUNT_CHANGE, activityId: 99, description: 'The name, the scopes or the demands of a client were changed.' },
  'auth.client.enable': { classUid: ACCOUNT_CHANGE, activityId: 2, description: 'A client was enabled.' },
  'auth.client.disable': { classUid: ACCOUNT_CHANGE, activityId: 5, severityId: 2, description: 'A client was disabled; its sessions ended.' },
  'auth.client-key.create': { classUid: ACCOUNT_CHANGE, activityId: 99, severityId: 2, description: 'A public key was given to a service account, to sign assertions with.' },
  'auth.client-key.revoke': { classUid: ACCOUNT_CHANGE, activityId: 99, severityId: 2, description: 'A key of a service account was revoked; the sessions that began with it ended.' },
  'auth.device.request': { classUid: AUTHENTICATION, activityId: 99, description: 'A device asked to be let in: it waits for a person.' },
  'auth.device.approve': { classUid: AUTHORIZE_SESSION, activityId: 1, severityId: 2, description: 'A person let a device in, as themselves.' },
  'auth.device.deny': { classUid: AUTHORIZE_SESSION, activityId: 99, description: 'A person refused to let a device in.' },
  'auth.device.login': { classUid: AUTHENTICATION, activityId: 1, description: 'A device that a person had let in began its session.' },
  'auth.invite.create': { classUid: ACCOUNT_CHANGE, activityId: 99, severityId: 2, description: 'Somebody was invited to make an account for themselves.' },
  'auth.invite.revoke': { classUid: ACCOUNT_CHANGE, activityId: 99, description: 'An invitation was taken back.' },
  'auth.invite.accept': { classUid: ACCOUNT_CHANGE, activityId: 1, severityId: 2, description: 'A user account was made by whoever had been invited, with the roles that the invitation promised.' },
  'auth.invite.accept.failed': { classUid: ACCOUNT_CHANGE, activityId: 1, severityId: 2, description: 'An invitation was refused: unknown, used, taken back or expired, or who invited may not give any more what it promised.' },
  'auth.register': { classUid: ACCOUNT_CHANGE, activityId: 1, severityId: 2, description: 'Somebody made a user account for themselves, without any role.' },
  'auth.password.reset.request': { classUid: ACCOUNT_CHANGE, activityId: 99, description: 'Whoever knows a name asked for a link to set its password anew.' },
  'auth.password.reset.link': { classUid: ACCOUNT_CHANGE, activityId: 99, severityId: 3, description: 'A person was given a link to set their password anew, by somebody who administers accounts.' },
  'auth.password.reset': { classUid: ACCOUNT_CHANGE, activityId: 4, severityId: 2, description: 'A password was set anew by a link; the sessions and keys of its account ended.' },
  'auth.password.reset.failed': { classUid: ACCOUNT_CHANGE, activityId: 4, severityId: 2, description: 'A link to set a password anew was refused: unknown, used, expired, or overtaken by a change of the account.' },
});
