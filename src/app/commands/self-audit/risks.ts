/** A risk of the OWASP API Security Top 10 of 2023, and what stands against it. */
export interface Risk {
  readonly id: string;
  /** In words of ours. */
  readonly about: string;
  readonly evidence: readonly string[];
  /** What is left; null where nothing is known. */
  readonly left: string | null;
}

export const RISKS: readonly Risk[] = [
  { id: 'API1:2023', about: 'objects of others by their id', evidence: ['foreign-objects', 'test/e2e/object-access.spec.ts', 'test/e2e/tenancy.spec.ts', 'test/e2e/key-roles.spec.ts'], left: null },
  { id: 'API2:2023', about: 'authentication that is got around', evidence: ['challenge', 'login-one-answer', 'token-signature', 'token-claims', 'token-unsigned', 'token-symmetric', 'token-type', 'token-own-key', 'authorization-twice', 'src/modules/auth/password-login.spec.ts', 'src/modules/auth/mfa/second-factor-login.spec.ts', 'src/modules/auth/mfa/passkeys.spec.ts'], left: null },
  { id: 'API3:2023', about: 'fields of objects that are not meant', evidence: ['json-unknown-members', 'json-prototype', 'test/golden/openapi.spec.ts', 'src/platform/http/validation.spec.ts'], left: 'rules about fields hold for reading users and simulations alone' },
  { id: 'API4:2023', about: 'use of resources without end', evidence: ['rate-limit-told', 'body-size', 'json-depth', 'header-size', 'body-compressed', 'src/app/rate-limits.spec.ts', 'src/platform/http/body-budget.spec.ts', 'src/modules/simulation/submission.spec.ts', 'src/modules/registry/blobs/quotas.spec.ts', 'test/e2e/overload.spec.ts'], left: 'a project has no quota of blobs unless it is set' },
  { id: 'API5:2023', about: 'functions for others', evidence: ['operations-closed', 'methods-told', 'metrics-closed', 'test/e2e/scopes.spec.ts', 'test/property/escalation/anti-escalation.spec.ts', 'src/app/surface.spec.ts'], left: null },
  { id: 'API6:2023', about: 'flows that programs abuse', evidence: ['rate-limit-told', 'src/app/rate-limits.spec.ts', 'src/modules/auth/blocked-sources.spec.ts', 'src/app/waiting-approvals.spec.ts'], left: null },
  { id: 'API7:2023', about: 'requests that it is made to send', evidence: ['redirects', 'src/platform/outbound/address-policy.spec.ts', 'src/platform/outbound/outbound-client.spec.ts', 'src/platform/outbound/outbound-url.spec.ts'], left: null },
  { id: 'API8:2023', about: 'configuration that leaves something open', evidence: ['csp-api', 'nosniff', 'permissions-policy', 'hsts', 'cors-closed', 'cors-preflight', 'trace', 'host-twice', 'host-missing', 'tls-version', 'tls-group', 'tls-clear', 'error-leaks', 'software-unnamed', 'src/platform/config/load-config.spec.ts'], left: null },
  { id: 'API9:2023', about: 'interfaces that nobody knows of', evidence: ['inventory', 'route-unknown', 'src/app/surface.spec.ts', 'test/golden/openapi.spec.ts'], left: null },
  { id: 'API10:2023', about: 'answers of others that are believed', evidence: ['src/platform/outbound/outbound-client.spec.ts', 'src/modules/audit/alerting/webhook-sink.spec.ts', 'src/pure/transparency-log/witness-exchange.spec.ts'], left: null },
];
