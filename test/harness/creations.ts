import { generateKeyPairSync } from 'node:crypto';
import { BELL } from '../e2e/programs.js';
import { bind } from './world.js';
import { call } from './api.js';
import { issuedBy, selfSigned } from './certificate.js';
import type { RunningServer } from './server.js';

/** What a creation needs to be there. */
export interface Ground {
  readonly account: string;
  readonly webhook: string;
  readonly project: string;
}

/** A POST that takes an `Idempotency-Key`. */
export interface Creation {
  /** As the OpenAPI document has it. */
  readonly route: string;
  readonly path: (ground: Ground) => string;
  /** The body, if it has one; of different `n` there can be both. */
  readonly body: (ground: Ground, n: number) => unknown;
  /** Where one more is seen afterwards. */
  readonly list: (ground: Ground) => string;
  /** The answer holds a secret: asked for again, it is refused and names what was made. */
  readonly shownOnce?: true;
  /** While one is in one of these states it is joined, and no other made. */
  readonly joinedWhile?: readonly string[];
  /** What it made goes on by itself: asked for again, it is shown as it is by then. */
  readonly goesOn?: true;
}

const authority = selfSigned('The lab');
const jwks = [0, 1].map(() => generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }));
const certificates = ['calibration.example', 'nightly.example'].map((name) => issuedBy(authority, name).cert);

const publicKeys = [0, 1].map(() => generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString());

export const CREATIONS: readonly Creation[] = [
  { route: '/v1/projects', path: () => '/v1/projects', body: (_, n) => ({ slug: `project-${n}`, name: 'Ions' }), list: () => '/v1/projects' },
  { route: '/v1/users', path: () => '/v1/users', body: (_, n) => ({ username: `user-${n}` }), list: () => '/v1/users', shownOnce: true },
  { route: '/v1/api-keys', path: () => '/v1/api-keys', body: (_, n) => ({ label: `key ${n}`, scope: 'read:data' }), list: () => '/v1/api-keys', shownOnce: true },
  { route: '/v1/users/invites', path: () => '/v1/users/invites', body: (_, n) => ({ username: `guest-${n}` }), list: () => '/v1/users/invites', shownOnce: true },
  { route: '/v1/service-accounts', path: () => '/v1/service-accounts', body: (_, n) => ({ name: `program-${n}` }), list: () => '/v1/service-accounts' },
  { route: '/v1/service-accounts/{id}/api-keys', path: ({ account }) => `/v1/service-accounts/${account}/api-keys`, body: (_, n) => ({ label: `key ${n}`, scope: 'read:data' }), list: ({ account }) => `/v1/service-accounts/${account}/api-keys`, shownOnce: true },
  { route: '/v1/service-accounts/{id}/secrets', path: ({ account }) => `/v1/service-accounts/${account}/secrets`, body: (_, n) => ({ label: `secret ${n}` }), list: ({ account }) => `/v1/service-accounts/${account}/secrets`, shownOnce: true },
  { route: '/v1/service-accounts/{id}/certificates', path: ({ account }) => `/v1/service-accounts/${account}/certificates`, body: (_, n) => ({ certificate: certificates[n], label: 'host' }), list: ({ account }) => `/v1/service-accounts/${account}/certificates` },
  { route: '/v1/service-accounts/{id}/keys', path: ({ account }) => `/v1/service-accounts/${account}/keys`, body: (_, n) => ({ jwk: jwks[n], label: 'host' }), list: ({ account }) => `/v1/service-accounts/${account}/keys` },
  { route: '/v1/clients', path: () => '/v1/clients', body: (_, n) => ({ name: `client-${n}`, scope: 'read:data' }), list: () => '/v1/clients' },
  { route: '/v1/roles', path: () => '/v1/roles', body: (_, n) => ({ name: `role-${n}`, rules: [] }), list: () => '/v1/roles' },
  { route: '/v1/role-bindings', path: () => '/v1/role-bindings', body: ({ account }, n) => ({ subjectId: account, role: ['viewer', 'researcher'][n], scope: 'global' }), list: () => '/v1/role-bindings' },
  { route: '/v1/rbac/separations', path: () => '/v1/rbac/separations', body: (_, n) => ({ roles: [['operator', 'key-manager'], ['operator', 'access-admin']][n], reason: 'Two people' }), list: () => '/v1/rbac/separations' },
  { route: '/v1/webhooks', path: () => '/v1/webhooks', body: (_, n) => ({ url: `https://hooks.example.com/${n}`, events: ['alert.*'] }), list: () => '/v1/webhooks', shownOnce: true },
  { route: '/v1/webhooks/{id}/test', path: ({ webhook }) => `/v1/webhooks/${webhook}/test`, body: () => undefined, list: ({ webhook }) => `/v1/webhooks/${webhook}/deliveries` },
  { route: '/v1/registry/projects/{id}/keys', path: ({ project }) => `/v1/registry/projects/${project}/keys`, body: (_, n) => ({ label: 'release', kind: 'public-key', material: publicKeys[n] }), list: ({ project }) => `/v1/registry/projects/${project}/keys` },
  { route: '/v1/registry/projects/{id}/retention-runs', path: ({ project }) => `/v1/registry/projects/${project}/retention-runs`, body: (_, n) => ({ dryRun: n === 0 }), list: ({ project }) => `/v1/registry/projects/${project}/retention-runs`, goesOn: true },
  { route: '/v1/simulations', path: () => '/v1/simulations', body: (_, n) => ({ program: { language: 'openqasm2', source: BELL }, shots: 1, name: `run ${n}` }), list: () => '/v1/simulations', goesOn: true },
  ...['/ionq/v0.3/jobs', '/ionq/v0.4/jobs'].map((route) => ({ route, path: () => route, body: (_: Ground, n: number) => ({ name: `job ${n}`, input: { qubits: 1, circuit: [] } }), list: () => '/v1/simulations', goesOn: true as const })),
  { route: '/v1/audit/verify', path: () => '/v1/audit/verify', body: () => undefined, list: () => '/v1/audit/verifications', joinedWhile: ['queued', 'running'], goesOn: true },
];

/** POSTs that make something, or accept to, and take no key: what a repetition does instead. */
export const WITHOUT_KEY: Readonly<Record<string, string>> = {
  '/v1/keys/signing/{purpose}/announce': 'one version is announced at a time: a second is refused',
  '/v1/audit/erasure': 'who is erased stays so; what waits for a second person is found, not made again',
  '/v1/simulations/{id}/artifacts': 'an artifact goes by the digest of its content, which is the same each time',
  '/v1/simulations/{id}/cancel': 'what is cancelled is refused to be cancelled again, or is told to be stopped once more',
  '/v1/registry/repositories/{id}/manifests/{digest}/transition': 'a manifest becomes something once for each version of its state; what waits for a second person is found, not made again',
  '/v1/registry/gc-runs': 'what the first has collected the second does not find; each is a run of its own',
  '/v1/registry/scrub-runs': 'to read something twice harms nothing',
  '/v1/registry/tag-checkpoints': 'what was accepted differs no more, so that a second time is refused; without it, each is a checkpoint of its own',
  '/v1/break-glass': 'one that was opened and not looked at is not opened again',
  '/v1/break-glass/accounts': 'an account is sealed once: a second time is refused',
  '/v1/break-glass/{id}/review': 'looked at once: a second time is refused',
  '/v1/users/{id}/password-reset': 'an account has one link: the next takes its place',
  '/v1/auth/password/reset-request': 'no second link is made while one of the last five minutes is good',
  '/v1/auth/invites/accept': 'the link is good once: a second time is refused',
  '/v1/auth/register': 'a name is taken once: a second time is refused',
  '/v1/sys/init': 'refuses everybody',
  '/v2/{name}/blobs/uploads/': 'the protocol knows no key: a session shows nothing, ends by itself, and the same bytes are one blob',
};

export async function prepareGround(server: RunningServer, token: string): Promise<Ground> {
  const make = async (path: string, json: unknown): Promise<string> => {
    const answer = await call<{ id: string }>(server, 'POST', path, { token, json });
    if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
    return answer.body.id;
  };
  const account = await make('/v1/service-accounts', { name: 'ground' });
  const project = await make('/v1/projects', { slug: 'ground', name: 'Ground' });
  await bind(server, token, account, 'viewer', `project:${project}`);
  return { account, project, webhook: await make('/v1/webhooks', { url: 'https://hooks.example.com/x', events: ['alert.*'] }) };
}
