import { absent, documented, open, type Requirement, tested } from '../requirement.js';

const NO_CODE_FLOW = 'there is no authorization code flow: tokens are given for a password, a secret or a certificate';
const NO_CLIENT = 'it is no OAuth client of another server';
const NO_OIDC = 'it is no OpenID Connect relying party';
const NO_PROVIDER = 'it is no OpenID provider';
const NO_CONSENT = 'no access is given to others in the name of a user';

/** V8: authorization. */
export const V8: readonly Requirement[] = [
  documented('V8.1.1', 1, 'rules of access, written', 'rules, roles and conditions, every permission with its scope, and every route with what it demands', 'docs/access-control.md', 'docs/permissions.md', 'docs/routes.md'),
  documented('V8.1.2', 2, 'rules about fields, written', 'which resources have fields, and what a rule about them takes away', 'docs/access-control.md'),
  documented('V8.1.3', 3, 'circumstances that decide, written', 'address, time and strength of login, by the names that conditions have for them', 'docs/access-control.md'),
  documented('V8.1.4', 3, 'how circumstances decide, written', 'the language of conditions, and what holds when one of them is not known', 'docs/access-control.md', 'docs/adr/0010-conditions-in-three-truths.md'),
  tested('V8.2.1', 1, 'functions for who may use them', 'operations-closed', 'test/e2e/scopes.spec.ts', 'src/app/request-pipeline.spec.ts', 'src/modules/rbac/policy-decision.spec.ts', 'test/property/escalation/anti-escalation.spec.ts'),
  tested('V8.2.2', 1, 'objects for who may see them', 'foreign-objects', 'test/e2e/object-access.spec.ts', 'test/e2e/tenancy.spec.ts', 'test/e2e/key-roles.spec.ts'),
  open('V8.2.3', 2, 'fields for who may see them', 'fields of a rule are enforced for reading users and simulations; elsewhere an allow with fields gives nothing, and a deny with fields denies the whole', 'src/modules/rbac/policy-decision.spec.ts'),
  tested('V8.2.4', 3, 'decisions by circumstances', 'src/modules/rbac/policy-decision.spec.ts', 'src/pure/policy/truth.spec.ts', 'src/modules/auth/domain/login-throttle.spec.ts'),
  tested('V8.3.1', 1, 'decisions by the server', 'token-claims', 'src/app/request-pipeline.spec.ts'),
  tested('V8.3.2', 3, 'changes count at once', 'test/e2e/replicas.spec.ts', 'test/e2e/revocation.spec.ts', 'src/modules/rbac/subject-policy.spec.ts'),
  tested('V8.3.3', 3, 'rights of who asked, not of what acts', 'src/modules/auth/auth-standing.spec.ts', 'src/modules/simulation/submission.spec.ts'),
  tested('V8.4.1', 2, 'tenants apart', 'foreign-objects', 'test/e2e/object-access.spec.ts', 'test/e2e/tenancy.spec.ts', 'test/e2e/key-roles.spec.ts'),
  tested('V8.4.2', 3, 'several layers before administration', 'src/modules/auth/mfa/mandatory.spec.ts', 'src/modules/rbac/policy-decision.spec.ts', 'src/app/waiting-approvals.spec.ts'),
];

/** V9: self-contained tokens. */
export const V9: readonly Requirement[] = [
  tested('V9.1.1', 1, 'signature before content', 'token-signature', 'token-claims', 'src/modules/auth/domain/verify-access-token.spec.ts', 'test/conformance/rfc9068.spec.ts'),
  tested('V9.1.2', 1, 'algorithms by a list', 'token-unsigned', 'token-symmetric', 'src/modules/auth/domain/verify-access-token.spec.ts'),
  tested('V9.1.3', 1, 'keys of its own alone', 'token-own-key', 'jwks-public', 'src/modules/auth/domain/verify-access-token.spec.ts'),
  tested('V9.2.1', 1, 'time of validity', 'src/modules/auth/domain/verify-access-token.spec.ts', 'test/e2e/bad-input.spec.ts'),
  tested('V9.2.2', 2, 'type of token', 'token-type', 'src/modules/auth/domain/verify-access-token.spec.ts'),
  tested('V9.2.3', 2, 'audience of token', 'src/modules/auth/domain/verify-access-token.spec.ts', 'test/conformance/rfc9068.spec.ts'),
  tested('V9.2.4', 2, 'audiences told apart', 'src/modules/auth/domain/verify-access-token.spec.ts'),
];

/** V10: OAuth and OIDC. */
export const V10: readonly Requirement[] = [
  absent('V10.1.1', 2, 'tokens where they are needed', 'no browser application or backend for one is part of it'),
  absent('V10.1.2', 2, 'flows bound to a session', NO_CODE_FLOW),
  absent('V10.2.1', 2, 'forged token requests', NO_CLIENT),
  absent('V10.2.2', 2, 'servers mixed up', NO_CLIENT),
  absent('V10.2.3', 3, 'scopes that are asked for', NO_CLIENT),
  tested('V10.3.1', 2, 'audience of access tokens', 'src/modules/auth/domain/verify-access-token.spec.ts', 'test/conformance/rfc9068.spec.ts'),
  tested('V10.3.2', 2, 'scopes of the token decide', 'test/e2e/scopes.spec.ts', 'test/e2e/tenancy.spec.ts'),
  tested('V10.3.3', 2, 'users by what is never reassigned', 'src/modules/auth/domain/username.spec.ts', 'src/modules/auth/authenticator.spec.ts'),
  tested('V10.3.4', 2, 'strength and freshness of login', 'src/modules/rbac/policy-decision.spec.ts', 'src/modules/rbac/role-bindings.spec.ts'),
  tested('V10.3.5', 3, 'tokens that only their owner can use', 'test/e2e/tokens.spec.ts', 'test/e2e/client-certificates.spec.ts', 'test/e2e/attacks.spec.ts'),
  absent('V10.4.1', 1, 'redirect addresses', NO_CODE_FLOW),
  absent('V10.4.2', 1, 'codes used once', NO_CODE_FLOW),
  absent('V10.4.3', 1, 'lifetime of codes', NO_CODE_FLOW),
  absent('V10.4.4', 1, 'grants by client', 'there are no registered clients with grants to choose from'),
  tested('V10.4.5', 1, 'replays of refresh tokens', 'src/modules/auth/refresh-tokens.spec.ts', 'test/e2e/tokens.spec.ts'),
  absent('V10.4.6', 2, 'proof keys for codes', NO_CODE_FLOW),
  absent('V10.4.7', 2, 'clients that register themselves', 'none can: accounts are made by who may'),
  tested('V10.4.8', 2, 'end of refresh tokens', 'src/modules/auth/refresh-tokens.spec.ts'),
  tested('V10.4.9', 2, 'tokens revoked by their users', 'test/e2e/tenancy.spec.ts', 'src/modules/auth/vault-tokens.spec.ts'),
  tested('V10.4.10', 2, 'clients authenticate', 'test/e2e/vault-login.spec.ts', 'test/e2e/client-certificates.spec.ts'),
  tested('V10.4.11', 2, 'only needed scopes', 'src/modules/auth/domain/scope-request.spec.ts', 'src/modules/auth/service-accounts.spec.ts'),
  absent('V10.4.12', 3, 'response modes', NO_CODE_FLOW),
  absent('V10.4.13', 3, 'pushed authorization requests', NO_CODE_FLOW),
  open('V10.4.14', 3, 'only bound tokens are given', 'to clients and programs of which that is demanded; others may ask for tokens that are not bound', 'src/modules/auth/oauth/token-grants.spec.ts', 'test/e2e/tokens.spec.ts'),
  absent('V10.4.15', 3, 'authorization details', NO_CODE_FLOW),
  open('V10.4.16', 3, 'clients that prove a key', 'by signed assertion or client certificate if they will; a secret is taken too', 'src/modules/auth/oauth/token-grants.spec.ts', 'test/e2e/client-certificates.spec.ts'),
  absent('V10.5.1', 2, 'replays of ID tokens', NO_OIDC),
  absent('V10.5.2', 2, 'users by their sub', NO_OIDC),
  absent('V10.5.3', 2, 'metadata of false servers', NO_OIDC),
  absent('V10.5.4', 2, 'audience of ID tokens', NO_OIDC),
  absent('V10.5.5', 2, 'logout by back channel', NO_OIDC),
  absent('V10.6.1', 2, 'response types of a provider', NO_PROVIDER),
  absent('V10.6.2', 2, 'forced logout', NO_PROVIDER),
  absent('V10.7.1', 2, 'consent to each request', NO_CONSENT),
  absent('V10.7.2', 2, 'consent that is understood', NO_CONSENT),
  absent('V10.7.3', 2, 'consents that are revoked', NO_CONSENT),
];
