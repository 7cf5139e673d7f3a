import { BELL } from './programs.js';

/** What stands in a request for an object: of project red, or of nothing at all. */
export type Names = Readonly<Record<'project' | 'slug' | 'simulation' | 'binding' | 'approval' | 'webhook' | 'entry' | 'blob' | 'upload' | 'manifest' | 'user' | 'account' | 'alert' | 'role' | 'apiKey' | 'repository' | 'other', string>>;

/** Somewhere else than in the path: a body, a query, headers. */
export interface Asked {
  readonly query?: string;
  readonly json?: unknown;
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * How a route answers who has every permission in another project and none in the object's.
 * - `hidden`: 404 in its dialect, as if there were no such object, and a denial in the ledger.
 * - `borrowed`: the object of red is named in a request of one's own project, where there is none of that name: 404, and
 *   nothing to record, since nobody's object was asked for.
 * - `filter`: it narrows a list, which is empty as it is for what does not exist.
 * - `strong`: 401 before anything is looked up, since it takes a second factor.
 * - `whole`: what belongs to no project is not for who has a permission in one: 403, whatever is named.
 * - `own`: only about who asks.
 * - `shown`: the object is shown to everybody who gets as far, so that there is nothing to hide.
 * - `nothing`: no object is named.
 */
export type Way =
  | { readonly is: 'hidden' | 'borrowed' | 'filter' | 'strong' | 'whole'; readonly path: (names: Names) => string; readonly ask?: (names: Names) => Asked }
  | { readonly is: 'own' | 'shown' | 'nothing'; readonly because: string };

type Path = (names: Names) => string;
type Ask = (names: Names) => Asked;

const hidden = (path: Path, ask?: Ask): Way => ({ is: 'hidden', path, ...(ask === undefined ? {} : { ask }) });
const borrowed = (path: Path, ask?: Ask): Way => ({ ...hidden(path, ask), is: 'borrowed' }) as Way;
const filter = (path: Path, ask?: Ask): Way => ({ ...hidden(path, ask), is: 'filter' }) as Way;
const whole = (path: Path, ask?: Ask): Way => ({ ...hidden(path, ask), is: 'whole' }) as Way;
const strong = (path: Path, ask?: Ask): Way => ({ ...hidden(path, ask), is: 'strong' }) as Way;
const json = (body: unknown): Ask => () => ({ json: body });
const ifMatch = (body?: unknown): Ask => () => ({ headers: { 'if-match': '"1"' }, ...(body === undefined ? {} : { json: body }) });

/** Of the Vault dialect: the project is in a header, and a key of that name is in it. */
const inNamespace = (path: string, body?: unknown): Way => hidden(() => `/v1/transit/${path}`, ({ project }) => ({ headers: { 'x-vault-namespace': project }, ...(body === undefined ? {} : { json: body }) }));
/** An image index that names nothing, so that it can be pushed anywhere. */
export const PUSHED_INDEX = { raw: JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [] }), headers: { 'content-type': 'application/vnd.oci.image.index.v1+json' } };
const TEA = 'b25lIHBvdW5kIG9mIHRlYQ==';
const WAVEFORM = { kind: 'real', dims: [2], samples: [0.5, 1], key: 'marks' };
const ALERT: readonly Way[] = [whole((names) => `/v1/alerts/${names.alert}`)];
const alert = (deed: string): readonly Way[] => [whole((names) => `/v1/alerts/${names.alert}/${deed}`, json({}))];
const account = (rest: string, ask?: Ask): readonly Way[] => [whole((names) => `/v1/service-accounts/${names.account}${rest}`, ask)];
const question = (asked: string): readonly Way[] => [
  hidden(() => `/v1/rbac/${asked}`, ({ project, user }) => ({ json: { subjectId: user, permission: 'simulation:read', scope: `project:${project}` } })),
  whole(() => `/v1/rbac/${asked}`, ({ user }) => ({ json: { subjectId: user, permission: 'simulation:read', scope: 'global' } })),
];
const MANIFEST = `sha256:${'0'.repeat(64)}`;
const inRepository = (rest: string, ask?: Ask): readonly Way[] => [hidden(({ repository }) => `/v1/registry/repositories/${repository}${rest}`, ask)];
const POLICY = { mode: 'off', demands: { signature: false, signatureNamesRepository: false, sbom: false, scanSeverityMax: null, releaseFourEyes: false }, immutableTags: [], retention: [] };
/** In a project of another, and of a circuit in the repository of another. */
const ordered = (path: Path): readonly Way[] => [
  hidden(path, ({ project }) => ({ json: { program: { language: 'openqasm2', source: BELL }, shots: 1, project } })),
  hidden(path, ({ slug, manifest }) => ({ json: { program: { reference: `${slug}/app@${manifest}` }, shots: 1, project: 'blue' } })),
];
const SEPARATION = 'what must not be held together is shown to everybody who reads roles';
const ROLE = 'roles are shown to everybody who reads roles';
const PUBLIC_LOG = 'a place in the log, which is public';
const SIGNING = 'purposes are fixed, and the public keys are published';
const PLAIN = 'a setting of the computation';

/** Every operation that takes an id, a name or a reference to a project, by its method and its path in the OpenAPI document. */
export const OBJECT_ROUTES: Readonly<Record<string, readonly Way[]>> = {
  'POST /v1/simulations': ordered(() => '/v1/simulations'),
  'POST /v1/simulations/estimate': ordered(() => '/v1/simulations/estimate'),
  'GET /v1/simulations/{id}': [hidden(({ simulation }) => `/v1/simulations/${simulation}`)],
  'GET /v1/simulations/{id}/events': [hidden(({ simulation }) => `/v1/simulations/${simulation}/events`)],
  'GET /v1/simulations/{id}/result': [hidden(({ simulation }) => `/v1/simulations/${simulation}/result`)],
  'GET /v1/simulations/{id}/receipt': [hidden(({ simulation }) => `/v1/simulations/${simulation}/receipt`)],
  'GET /v1/simulations/{id}/circuit': [hidden(({ simulation }) => `/v1/simulations/${simulation}/circuit`)],
  'GET /v1/simulations/{id}/histogram': [hidden(({ simulation }) => `/v1/simulations/${simulation}/histogram`)],
  'GET /v1/simulations/{id}/statevector': [hidden(({ simulation }) => `/v1/simulations/${simulation}/statevector`)],
  'GET /v1/simulations/{id}/bloch': [hidden(({ simulation }) => `/v1/simulations/${simulation}/bloch`)],
  'POST /v1/simulations/{id}/artifacts': [hidden(({ simulation }) => `/v1/simulations/${simulation}/artifacts`, json({ repository: 'blue/app' }))],
  'POST /v1/simulations/{id}/cancel': [hidden(({ simulation }) => `/v1/simulations/${simulation}/cancel`)],
  ...Object.fromEntries(['v0.3', 'v0.4'].flatMap((version) => [
    ...[['GET', ''], ...(version === 'v0.3' ? ['/results'] : ['/results/probabilities', '/results/probabilities/aggregated']).map((rest) => ['GET', rest]), ['PUT', '/status/cancel'], ['DELETE', '']].map(([method, rest]) => [`${method} /ionq/${version}/jobs/{id}${rest}`, [hidden(({ simulation }) => `/ionq/${version}/jobs/${simulation}${rest}`)]]),
    ...['', '/characterizations'].map((rest) => [`GET /ionq/${version}/backends/{backend}${rest}`, [{ is: 'nothing', because: 'there is one machine, and everybody is shown it' }]]),
  ])) as Readonly<Record<string, readonly Way[]>>,

  'GET /v1/projects/{id}': [hidden(({ project }) => `/v1/projects/${project}`)],
  'PATCH /v1/projects/{id}': [hidden(({ project }) => `/v1/projects/${project}`, ifMatch({ name: 'Mine' }))],
  'POST /v1/projects/{id}/archive': [hidden(({ project }) => `/v1/projects/${project}/archive`)],
  'POST /v1/projects/{id}/unarchive': [hidden(({ project }) => `/v1/projects/${project}/unarchive`)],
  'PUT /v1/projects/{id}/approvals': [hidden(({ project }) => `/v1/projects/${project}/approvals`, json({ required: false }))],

  'GET /v1/projects/{id}/members': [hidden(({ project }) => `/v1/projects/${project}/members`)],
  'GET /v1/projects/{id}/members/{subjectId}': [hidden(({ project, user }) => `/v1/projects/${project}/members/${user}`)],
  'PUT /v1/projects/{id}/members/{subjectId}': [hidden(({ project, user }) => `/v1/projects/${project}/members/${user}`, json({ roles: [{ role: 'viewer' }] }))],
  'DELETE /v1/projects/{id}/members/{subjectId}': [hidden(({ project, user }) => `/v1/projects/${project}/members/${user}`)],

  'GET /v1/registry/repositories': [hidden(({ project }) => `/v1/registry/repositories?project=${project}`)],
  'GET /v1/registry/repositories/{id}': inRepository(''),
  'GET /v1/registry/repositories/{id}/manifests': inRepository('/manifests'),
  'GET /v1/registry/repositories/{id}/tags': inRepository('/tags'),
  'GET /v1/registry/repositories/{id}/manifests/{digest}': inRepository(`/manifests/${MANIFEST}`),
  'POST /v1/registry/repositories/{id}/manifests/{digest}/evaluate': inRepository(`/manifests/${MANIFEST}/evaluate`),
  'POST /v1/registry/repositories/{id}/manifests/{digest}/transition': inRepository(`/manifests/${MANIFEST}/transition`, ifMatch({ to: 'released', reason: 'mine' })),
  'POST /v1/registry/repositories/{id}/manifests/{digest}/revoke': inRepository(`/manifests/${MANIFEST}/revoke`, ifMatch({ reason: 'mine' })),
  'GET /v1/registry/projects/{id}/policy': [hidden(({ project }) => `/v1/registry/projects/${project}/policy`)],
  'PUT /v1/registry/projects/{id}/policy': [hidden(({ project }) => `/v1/registry/projects/${project}/policy`, ifMatch(POLICY))],
  'GET /v1/registry/projects/{id}/usage': [hidden(({ project }) => `/v1/registry/projects/${project}/usage`)],
  'GET /v1/registry/gc-runs/{id}': [whole(({ other }) => `/v1/registry/gc-runs/${other}`)],
  'GET /v1/registry/scrub-runs/{id}': [whole(({ other }) => `/v1/registry/scrub-runs/${other}`)],
  'POST /v1/registry/scrub-runs': [whole(() => '/v1/registry/scrub-runs', ({ repository }) => ({ json: { repositoryId: repository } }))],
  'GET /v1/registry/tag-checkpoints/{id}': [whole(({ other }) => `/v1/registry/tag-checkpoints/${other}`)],
  'GET /v1/registry/projects/{id}/retention-runs': [hidden(({ project }) => `/v1/registry/projects/${project}/retention-runs`)],
  'POST /v1/registry/projects/{id}/retention-runs': [hidden(({ project }) => `/v1/registry/projects/${project}/retention-runs`, json({ dryRun: true }))],
  'GET /v1/registry/projects/{id}/retention-runs/{runId}': [hidden(({ project, other }) => `/v1/registry/projects/${project}/retention-runs/${other}`)],
  'GET /v1/registry/projects/{id}/keys': [hidden(({ project }) => `/v1/registry/projects/${project}/keys`)],
  'POST /v1/registry/projects/{id}/keys': [hidden(({ project }) => `/v1/registry/projects/${project}/keys`, json({ label: 'mine', kind: 'public-key', material: 'none' }))],
  'GET /v1/registry/projects/{id}/keys/{keyId}': [hidden(({ project, other }) => `/v1/registry/projects/${project}/keys/${other}`)],
  'DELETE /v1/registry/projects/{id}/keys/{keyId}': [hidden(({ project, other }) => `/v1/registry/projects/${project}/keys/${other}`)],

  'POST /v1/rbac/check': question('check'),
  'POST /v1/rbac/explain': question('explain'),
  'POST /v1/rbac/dry-run': [
    hidden(() => '/v1/rbac/dry-run', ({ project, user }) => ({ json: { bind: { subjectId: user, role: 'viewer', scope: `project:${project}` } } })),
    whole(() => '/v1/rbac/dry-run', ({ binding }) => ({ json: { unbind: { bindingId: binding } } })),
  ],
  'GET /v1/rbac/subjects/{id}/effective': [
    hidden(({ project, user }) => `/v1/rbac/subjects/${user}/effective?scope=project:${project}`),
    whole(({ user }) => `/v1/rbac/subjects/${user}/effective`),
  ],

  'POST /v1/role-bindings': [
    hidden(() => '/v1/role-bindings', ({ project, user }) => ({ json: { subjectId: user, role: 'viewer', scope: `project:${project}` } })),
  ],
  'GET /v1/role-bindings': [filter(({ user }) => `/v1/role-bindings?subjectId=${user}`)],
  'GET /v1/role-bindings/{id}': [hidden(({ binding }) => `/v1/role-bindings/${binding}`)],
  'DELETE /v1/role-bindings/{id}': [hidden(({ binding }) => `/v1/role-bindings/${binding}`)],
  'POST /v1/roles': [whole(() => '/v1/roles', ({ role }) => ({ json: { name: 'mine', rules: [], parents: [role] } }))],
  'GET /v1/roles/{id}': [{ is: 'shown', because: ROLE }],
  'PUT /v1/roles/{id}': [{ is: 'shown', because: ROLE }],
  'DELETE /v1/roles/{id}': [{ is: 'shown', because: ROLE }],
  'GET /v1/roles/{id}/diff': [{ is: 'shown', because: ROLE }],
  'GET /v1/roles/{id}/versions': [{ is: 'shown', because: ROLE }],
  'GET /v1/roles/{id}/versions/{version}': [{ is: 'shown', because: ROLE }],
  'POST /v1/rbac/separations': [{ is: 'shown', because: SEPARATION }],
  'GET /v1/rbac/separations/{id}': [{ is: 'shown', because: SEPARATION }],
  'DELETE /v1/rbac/separations/{id}': [{ is: 'shown', because: SEPARATION }],

  'GET /v1/approvals/{id}': [hidden(({ approval }) => `/v1/approvals/${approval}`)],
  'DELETE /v1/approvals/{id}': [hidden(({ approval }) => `/v1/approvals/${approval}`)],
  'POST /v1/approvals/{id}/approve': [strong(({ approval }) => `/v1/approvals/${approval}/approve`)],
  'POST /v1/approvals/{id}/reject': [strong(({ approval }) => `/v1/approvals/${approval}/reject`, json({}))],

  'POST /v1/webhooks': [hidden(() => '/v1/webhooks', ({ project }) => ({ json: { url: 'https://hooks.example.com/x', events: ['*'], project } }))],
  'GET /v1/webhooks/{id}': [hidden(({ webhook }) => `/v1/webhooks/${webhook}`)],
  'PATCH /v1/webhooks/{id}': [hidden(({ webhook }) => `/v1/webhooks/${webhook}`, json({ events: ['*'] }))],
  'DELETE /v1/webhooks/{id}': [hidden(({ webhook }) => `/v1/webhooks/${webhook}`)],
  'POST /v1/webhooks/{id}/rotate-secret': [hidden(({ webhook }) => `/v1/webhooks/${webhook}/rotate-secret`)],
  'POST /v1/webhooks/{id}/enable': [hidden(({ webhook }) => `/v1/webhooks/${webhook}/enable`)],
  'POST /v1/webhooks/{id}/disable': [hidden(({ webhook }) => `/v1/webhooks/${webhook}/disable`)],
  'POST /v1/webhooks/{id}/test': [hidden(({ webhook }) => `/v1/webhooks/${webhook}/test`)],
  'GET /v1/webhooks/{id}/deliveries': [hidden(({ webhook }) => `/v1/webhooks/${webhook}/deliveries`)],

  'GET /v1/audit/entries': [
    hidden(({ project }) => `/v1/audit/entries?project=${project}`),
    filter(({ user, simulation }) => `/v1/audit/entries?actor=${user}&target=simulation:${simulation}`),
  ],
  'GET /v1/audit/entries/{id}': [hidden(({ entry }) => `/v1/audit/entries/${entry}`)],
  'GET /v1/audit/entries/{id}/receipt': [hidden(({ entry }) => `/v1/audit/entries/${entry}/receipt`)],
  'GET /v1/audit/entries/{id}/items': [hidden(({ entry }) => `/v1/audit/entries/${entry}/items`)],
  'GET /v1/audit/proofs/inclusion': [hidden(({ entry }) => `/v1/audit/proofs/inclusion?entry=${entry}`)],
  'POST /v1/audit/erasure': [whole(() => '/v1/audit/erasure', ({ user }) => ({ json: { subject: user } }))],
  'GET /v1/audit/verifications/{id}': [whole(({ other }) => `/v1/audit/verifications/${other}`)],
  'GET /v1/audit/log/tile/{path}': [{ is: 'nothing', because: PUBLIC_LOG }],
  'GET /v1/audit/log/tile/entries/{path}': [whole(() => '/v1/audit/log/tile/entries/000')],

  'GET /v1/alerts/{id}': ALERT,
  'POST /v1/alerts/{id}/acknowledge': alert('acknowledge'),
  'POST /v1/alerts/{id}/resolve': alert('resolve'),
  'POST /v1/alerts/{id}/reopen': alert('reopen'),
  'POST /v1/alerts/{id}/suppress': [whole((names) => `/v1/alerts/${names.alert}/suppress`, json({ until: '2099-01-01T00:00:00Z' }))],
  'POST /v1/alerts/{id}/unsuppress': alert('unsuppress'),

  'GET /v1/users/{id}': [whole(({ user }) => `/v1/users/${user}`)],
  'PATCH /v1/users/{id}': [whole(({ user }) => `/v1/users/${user}`, ifMatch({ displayName: 'Mine' }))],
  'POST /v1/users/{id}/disable': [whole(({ user }) => `/v1/users/${user}/disable`)],
  'POST /v1/users/{id}/enable': [whole(({ user }) => `/v1/users/${user}/enable`)],
  'POST /v1/users/{id}/mfa/reset': [whole(({ user }) => `/v1/users/${user}/mfa/reset`)],
  'POST /v1/users': [whole(() => '/v1/users', ({ other }) => ({ json: { username: `u${other.slice(-8)}` } }))],
  'GET /v1/users': [filter(({ user }) => `/v1/users?username=u${user.slice(-8)}`)],
  'GET /v1/service-accounts': [filter(({ user }) => `/v1/service-accounts?ownerId=${user}`)],
  'GET /v1/service-accounts/{id}': account(''),
  'PATCH /v1/service-accounts/{id}': account('', ifMatch({ name: 'mine' })),
  'PUT /v1/service-accounts/{id}/owner': [whole((names) => `/v1/service-accounts/${names.account}/owner`, ({ user }) => ({ headers: { 'if-match': '"1"' }, json: { ownerId: user } }))],
  'POST /v1/service-accounts/{id}/disable': account('/disable'),
  'POST /v1/service-accounts/{id}/enable': account('/enable'),
  'GET /v1/service-accounts/{id}/sessions': account('/sessions'),
  'DELETE /v1/service-accounts/{id}/sessions': account('/sessions'),
  'DELETE /v1/service-accounts/{id}/sessions/{sessionId}': [whole((names) => `/v1/service-accounts/${names.account}/sessions/${names.other}`)],
  'GET /v1/users/{id}/sessions': [whole(({ user }) => `/v1/users/${user}/sessions`)],
  'DELETE /v1/users/{id}/sessions': [whole(({ user }) => `/v1/users/${user}/sessions`)],
  'DELETE /v1/users/{id}/sessions/{sessionId}': [whole(({ user, other }) => `/v1/users/${user}/sessions/${other}`)],
  'POST /v1/auth/refresh': [{ is: 'nothing', because: 'scopes of a token' }],
  'DELETE /v1/auth/sessions/{id}': [{ is: 'own', because: 'one’s own sessions; another’s is as one that is not there' }],
  'GET /v1/service-accounts/{id}/api-keys': account('/api-keys'),
  'POST /v1/service-accounts/{id}/api-keys': account('/api-keys', json({ scope: 'read:data', label: 'mine' })),
  'DELETE /v1/service-accounts/{id}/api-keys/{keyId}': [whole((names) => `/v1/service-accounts/${names.account}/api-keys/${names.other}`)],
  'GET /v1/service-accounts/{id}/secrets': account('/secrets'),
  'POST /v1/service-accounts/{id}/secrets': account('/secrets', json({ label: 'mine' })),
  'DELETE /v1/service-accounts/{id}/secrets/{secretId}': [whole((names) => `/v1/service-accounts/${names.account}/secrets/${names.other}`)],
  'GET /v1/service-accounts/{id}/certificates': account('/certificates'),
  'POST /v1/service-accounts/{id}/certificates': account('/certificates', json({ certificate: 'none', label: 'mine' })),
  'GET /v1/service-accounts/{id}/keys': account('/keys'),
  'POST /v1/service-accounts/{id}/keys': account('/keys', json({ jwk: { kty: 'OKP' }, label: 'mine' })),
  'DELETE /v1/service-accounts/{id}/keys/{keyId}': [whole((names) => `/v1/service-accounts/${names.account}/keys/${names.other}`)],
  'POST /v1/clients': [whole(() => '/v1/clients', json({ name: 'mine', scope: 'read:data' }))],
  'GET /v1/clients/{id}': [whole(({ other }) => `/v1/clients/${other}`)],
  'PUT /v1/clients/{id}': [whole(({ other }) => `/v1/clients/${other}`, ifMatch({ name: 'mine', scope: 'read:data' }))],
  'POST /v1/clients/{id}/disable': [whole(({ other }) => `/v1/clients/${other}/disable`)],
  'POST /v1/clients/{id}/enable': [whole(({ other }) => `/v1/clients/${other}/enable`)],
  'DELETE /v1/service-accounts/{id}/certificates/{certificateId}': [whole((names) => `/v1/service-accounts/${names.account}/certificates/${names.other}`)],
  'POST /v1/api-keys': [hidden(() => '/v1/api-keys', ({ project }) => ({ json: { scope: 'read:data', project } }))],
  'GET /v1/api-keys': [filter(({ user }) => `/v1/api-keys?ownerId=${user}`)],
  'GET /v1/api-keys/{id}': [hidden(({ apiKey }) => `/v1/api-keys/${apiKey}`)],
  'DELETE /v1/api-keys/{id}': [hidden(({ apiKey }) => `/v1/api-keys/${apiKey}`)],
  'POST /v1/users/invites': [whole(() => '/v1/users/invites', ({ other }) => ({ json: { username: `u${other.slice(-8)}` } }))],
  'DELETE /v1/users/invites/{id}': [whole(({ other }) => `/v1/users/invites/${other}`)],
  'POST /v1/users/{id}/password-reset': [whole(({ user }) => `/v1/users/${user}/password-reset`)],
  'PUT /v1/users/{id}/email': [whole(({ user }) => `/v1/users/${user}/email`, ifMatch({ email: 'mine@example.com' }))],
  'POST /v1/auth/register': [{ is: 'own', because: 'where it is open, a name that is taken is said to be; here it is closed to all names' }],
  'POST /v1/auth/password/reset-request': [{ is: 'own', because: 'it answers every name alike' }],
  'POST /v1/auth/certificate': [{ is: 'own', because: 'the certificate of the connection is the credential' }],
  'POST /v1/auth/login': [{ is: 'own', because: 'it answers a wrong password and an unknown user alike' }],
  'POST /oauth/token': [{ is: 'own', because: 'it answers a wrong secret and an unknown client alike' }],
  'POST /oauth/device_authorization': [{ is: 'shown', because: 'which client it is stands in the program that everybody runs' }],
  'DELETE /v1/auth/mfa/webauthn/{id}': [{ is: 'own', because: 'of the own account alone, by a fresh login' }],
  'POST /v1/auth/passkeys/verify': [{ is: 'own', because: 'it answers an unknown passkey and a wrong signature alike' }],
  'POST /v1/auth/approle/login': [{ is: 'own', because: 'it answers a wrong secret and an unknown role alike' }],
  'POST /v1/auth/userpass/login/{username}': [{ is: 'own', because: 'it answers a wrong password and an unknown user alike' }],

  'POST /v1/break-glass/accounts': [whole(() => '/v1/break-glass/accounts', ({ user }) => ({ json: { principalId: user } }))],
  'DELETE /v1/break-glass/accounts/{id}': [whole(({ user }) => `/v1/break-glass/accounts/${user}`)],
  'POST /v1/break-glass/{id}/review': [whole(({ other }) => `/v1/break-glass/${other}/review`, json({ findings: 'A drill' }))],
  'DELETE /v1/access/blocks/{id}': [whole(({ other }) => `/v1/access/blocks/${other}`)],
  'POST /v1/keys/signing/{purpose}/announce': [{ is: 'nothing', because: SIGNING }],
  'POST /v1/keys/signing/{purpose}/rotate': [{ is: 'nothing', because: SIGNING }],
  'POST /v1/keys/signing/{purpose}/{keyId}/revoke': [{ is: 'nothing', because: SIGNING }],
  'POST /v1/sys/unseal': [{ is: 'nothing', because: 'the share is the credential' }],
  'GET /v1/transit/cache-config': [{ is: 'nothing', because: PLAIN }],
  'POST /v1/transit/cache-config': [{ is: 'nothing', because: PLAIN }],
  'GET /v1/transit/config/keys': [{ is: 'nothing', because: PLAIN }],
  'POST /v1/transit/config/keys': [{ is: 'nothing', because: PLAIN }],
  'POST /v1/transit/random': [{ is: 'nothing', because: PLAIN }],
  'POST /v1/transit/random/{bytes}': [{ is: 'nothing', because: PLAIN }],
  'POST /v1/transit/random/{source}/{bytes}': [{ is: 'nothing', because: PLAIN }],
  'POST /v1/transit/hash': [{ is: 'nothing', because: PLAIN }],
  'POST /v1/transit/hash/{algorithm}': [{ is: 'nothing', because: PLAIN }],
  'GET /v1/transit/wrapping_key': [inNamespace('wrapping_key')],
  'GET /v1/transit/keys': [inNamespace('keys?list=true')],
  'POST /v1/transit/keys/{name}': [inNamespace('keys/orders', {})],
  'GET /v1/transit/keys/{name}': [inNamespace('keys/orders'), borrowed(() => '/v1/transit/keys/orders', () => ({ headers: { 'x-vault-namespace': 'blue' } }))],
  'DELETE /v1/transit/keys/{name}': [inNamespace('keys/orders')],
  'POST /v1/transit/keys/{name}/config': [inNamespace('keys/orders/config', { deletion_allowed: true })],
  'POST /v1/transit/keys/{name}/rotate': [inNamespace('keys/orders/rotate', {})],
  'POST /v1/transit/keys/{name}/trim': [inNamespace('keys/orders/trim', { min_available_version: 1 })],
  'DELETE /v1/transit/keys/{name}/soft-delete': [inNamespace('keys/orders/soft-delete')],
  'POST /v1/transit/keys/{name}/soft-delete-restore': [inNamespace('keys/orders/soft-delete-restore', {})],
  'POST /v1/transit/keys/{name}/import': [inNamespace('keys/orders/import', { ciphertext: TEA })],
  'POST /v1/transit/keys/{name}/import_version': [inNamespace('keys/orders/import_version', { ciphertext: TEA })],
  'GET /v1/transit/export/public-key/{name}': [inNamespace('export/public-key/orders')],
  'GET /v1/transit/export/public-key/{name}/{version}': [inNamespace('export/public-key/orders/1')],
  'GET /v1/transit/export/{kind}/{name}': [inNamespace('export/encryption-key/orders')],
  'GET /v1/transit/export/{kind}/{name}/{version}': [inNamespace('export/encryption-key/orders/1')],
  'GET /v1/transit/byok-export/{destination}/{source}': [inNamespace('byok-export/orders/orders')],
  'GET /v1/transit/byok-export/{destination}/{source}/{version}': [inNamespace('byok-export/orders/orders/1')],
  'GET /v1/transit/backup/{name}': [inNamespace('backup/orders')],
  'POST /v1/transit/restore': [inNamespace('restore', { backup: TEA })],
  'POST /v1/transit/restore/{name}': [inNamespace('restore/orders', { backup: TEA })],
  'POST /v1/transit/encrypt/{name}': [inNamespace('encrypt/orders', { plaintext: TEA })],
  'POST /v1/transit/decrypt/{name}': [inNamespace('decrypt/orders', { ciphertext: 'vault:v1:AAAA' })],
  'POST /v1/transit/rewrap/{name}': [inNamespace('rewrap/orders', { ciphertext: 'vault:v1:AAAA' })],
  'POST /v1/transit/datakey/plaintext/{name}': [inNamespace('datakey/plaintext/orders', {})],
  'POST /v1/transit/datakey/wrapped/{name}': [inNamespace('datakey/wrapped/orders', {})],
  'POST /v1/transit/hmac/{name}': [inNamespace('hmac/orders', { input: TEA })],
  'POST /v1/transit/hmac/{name}/{hash}': [inNamespace('hmac/orders/sha2-256', { input: TEA })],
  'POST /v1/transit/sign/{name}': [inNamespace('sign/orders', { input: TEA })],
  'POST /v1/transit/sign/{name}/{hash}': [inNamespace('sign/orders/sha2-256', { input: TEA })],
  'POST /v1/transit/verify/{name}': [inNamespace('verify/orders', { input: TEA, hmac: 'vault:v1:AAAA' })],
  'POST /v1/transit/verify/{name}/{hash}': [inNamespace('verify/orders/sha2-256', { input: TEA, hmac: 'vault:v1:AAAA' })],
  'POST /v1/waveforms/tag': [hidden(() => '/v1/waveforms/tag', ({ project }) => ({ json: { ...WAVEFORM, project } }))],
  'POST /v1/waveforms/verify': [hidden(() => '/v1/waveforms/verify', ({ project }) => ({ json: { ...WAVEFORM, tag: 'qwh:v1:ExMrA+DnGHzXIJrp2GV3xWYCCaVN7UDvHOAvwHGeqag=', project } }))],

  'GET /token': [{ is: 'own', because: 'it says what one may do oneself, and what one may not is left out like what is not there' }],
  'POST /token': [{ is: 'own', because: 'as GET' }],
  'POST /v2/{name}/blobs/uploads/': [hidden(({ slug }) => `/v2/${slug}/app/blobs/uploads/`)],
  'PUT /v2/{name}/blobs/uploads/{uploadId}': [borrowed(({ upload, blob }) => `/v2/blue/app/blobs/uploads/${upload}?digest=${blob}`, () => ({ raw: 'x' }))],
  'GET /v2/{name}/blobs/uploads/{uploadId}': [borrowed(({ upload }) => `/v2/blue/app/blobs/uploads/${upload}`)],
  'PATCH /v2/{name}/blobs/uploads/{uploadId}': [borrowed(({ upload }) => `/v2/blue/app/blobs/uploads/${upload}`, () => ({ raw: 'x' }))],
  'DELETE /v2/{name}/blobs/uploads/{uploadId}': [borrowed(({ upload }) => `/v2/blue/app/blobs/uploads/${upload}`)],
  'DELETE /v2/{name}/blobs/{digest}': [hidden(({ slug, blob }) => `/v2/${slug}/app/blobs/${blob}`), borrowed(({ blob }) => `/v2/blue/app/blobs/${blob}`)],
  'HEAD /v2/{name}/manifests/{reference}': [hidden(({ slug, manifest }) => `/v2/${slug}/app/manifests/${manifest}`), borrowed(({ manifest }) => `/v2/blue/app/manifests/${manifest}`)],
  'GET /v2/{name}/manifests/{reference}': [hidden(({ slug, manifest }) => `/v2/${slug}/app/manifests/${manifest}`), borrowed(({ manifest }) => `/v2/blue/app/manifests/${manifest}`)],
  'PUT /v2/{name}/manifests/{reference}': [hidden(({ slug }) => `/v2/${slug}/app/manifests/latest`, () => PUSHED_INDEX)],
  'DELETE /v2/{name}/manifests/{reference}': [hidden(({ slug, manifest }) => `/v2/${slug}/app/manifests/${manifest}`), borrowed(({ manifest }) => `/v2/blue/app/manifests/${manifest}`)],
  'GET /v2/{name}/tags/list': [hidden(({ slug }) => `/v2/${slug}/app/tags/list`)],
  'GET /v2/{name}/referrers/{digest}': [hidden(({ slug, manifest }) => `/v2/${slug}/app/referrers/${manifest}`)],
  'HEAD /v2/{name}/blobs/{digest}': [hidden(({ slug, blob }) => `/v2/${slug}/app/blobs/${blob}`), borrowed(({ blob }) => `/v2/blue/app/blobs/${blob}`)],
  'GET /v2/{name}/blobs/{digest}': [hidden(({ slug, blob }) => `/v2/${slug}/app/blobs/${blob}`), borrowed(({ blob }) => `/v2/blue/app/blobs/${blob}`)],
};
