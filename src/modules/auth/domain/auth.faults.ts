import { faultKinds } from '#pure/fault/fault.js';

/** What the auth module refuses. Of a refused login nobody learns which part of it was wrong. */
export const AUTH_FAULTS = faultKinds({
  'invalid-credentials': { status: 401, title: 'The username or the password is not right.' },
  'too-many-attempts': { status: 429, title: 'Too many failed logins for this account; try again later.' },
  'password-rejected': { status: 422, title: 'The new password does not meet the password policy.' },
  'wrong-password': { status: 403, title: 'The current password is not right.' },
  'username-taken': { status: 409, title: 'An account of this name exists.' },
  'name-taken': { status: 409, title: 'A service account of this name exists.' },
  'account-protected': { status: 403, title: 'This account has more rights than you may act upon.' },
  'account-erased': { status: 409, title: 'This account was erased with the person it was of, and is nobody’s again.' },
  'vault-login-refused': { status: 400, title: 'The credential of the login is not right.' },
  'token-not-renewable': { status: 400, title: 'This token is not renewable.' },
  'too-many-secrets': { status: 409, title: 'The service account has as many secrets or certificates as it may have.' },
  'certificate-refused': { status: 401, title: 'The connection has no certificate of a service account.' },
  'certificate-taken': { status: 409, title: 'A service account has this certificate.' },
  'refresh-refused': { status: 401, title: 'The refresh token is not good, or not any more.' },
  'dpop-refused': { status: 401, title: 'The proof of possession is not good for this request.' },
  'own-account': { status: 409, title: 'This cannot be done to the account that you use.' },
  'people-only': { status: 403, title: 'Only people have such keys: a service account has secrets of its own.' },
  'too-many-keys': { status: 409, title: 'There are as many keys of this person as there may be.' },
});
