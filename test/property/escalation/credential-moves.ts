import { generateKeyPairSync } from 'node:crypto';
import { type Principal, type Scope, SCOPES } from '#pure/principal/principal.js';
import type { OAuthClient } from '../../../src/modules/auth/domain/oauth-client.js';
import { selfSigned } from '../../harness/certificate.js';
import type { TestCredentials } from '../../harness/credentials.js';
import type { TestDatabase } from '../../harness/postgres.js';
import { type Deed, type Move, pick, type Stage } from './moves.js';
import { OWNER_OF_PROGRAM, PROGRAM, type Subjects } from './policy-oracle.js';
import { ACTORS, HOUR_MILLIS, PLACES } from './policy-world.js';

/** Ways to come to hold what somebody proves themselves by; those of policy stand between an offer and its use. */
export const CREDENTIAL_KINDS = ['invite', 'invite', 'accept', 'accept', 'program', 'program', 'hand-over', 'reset', 'reset', 'client', 'client', 'rewrite-client', 'device', 'device', 'api-key', 'api-key', 'bind', 'unbind', 'replace'] as const;
type CredentialKind = Exclude<(typeof CREDENTIAL_KINDS)[number], 'bind' | 'unbind' | 'replace'>;

/** What was made in this sequence and is used later in it. */
export class Handed {
  readonly promises: { readonly token: string; readonly inviter: Principal }[] = [];
  readonly clients: OAuthClient[] = [];

  constructor(readonly credentials: TestCredentials) {}
}

const JWK = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
const CERTIFICATE = selfSigned('program').cert;
let guests = 0;

/** Some of them: which, the number says. */
const someScopes = (number: number): ReadonlySet<Scope> => new Set(SCOPES.filter((_, index) => ((number >> index) & 1) === 1));
const within = (principal: Principal, scopes: ReadonlySet<Scope>): ReadonlySet<Scope> => new Set([...scopes].filter((scope) => principal.scopes.has(scope)));
const isBeyond = (scopes: Iterable<Scope>, ...bounds: readonly { has(scope: Scope): boolean }[]): boolean => [...scopes].some((scope) => bounds.every((bound) => !bound.has(scope)));

export const CREDENTIAL_DEEDS: Readonly<Record<CredentialKind, (move: Move, stage: Stage, handed: Handed) => Deed | null>> = {
  invite: (move, stage, { credentials, promises }) => {
    const { which, place, hours } = move;
    const { picture, policy, principal, custom } = stage;
    const projectId = PLACES[place]!;
    const role = stage.choose(move, custom, which, ({ id }) => stage.has(picture.rulesOf(id), projectId));
    const expiresAt = hours === null ? null : new Date(policy.clock.millis + hours * HOUR_MILLIS);
    return {
      say: `invite somebody as ${role.name} ${JSON.stringify(role.rules)} in ${projectId} for ${hours} h`,
      needs: { permission: 'users:invite', place: null },
      do: async () => {
        const roles = [{ role: role.id, project: projectId, expiresAt }];
        const { link } = await credentials.invites.create(principal, null, { username: `guest-${(guests += 1)}`, displayName: null, email: null, roles, lifetimeHours: 72 });
        promises.push({ token: /qiv_[\w-]+/.exec(link!)![0], inviter: principal });
      },
    };
  },
  // As of now: what who invited has lost since is not given by them any more.
  accept: ({ which }, _, { credentials, promises }) => {
    const promise = promises[which % Math.max(promises.length, 1)];
    if (promise === undefined) return null;
    return {
      say: 'have somebody invited come in',
      by: promise.inviter,
      needs: { permission: 'users:invite', place: null },
      do: () => credentials.acceptance.accept({ token: promise.token, password: 'a phrase that is long enough' }),
    };
  },
  program: ({ which, prudent }, stage, { credentials: { secrets, keys, certificates, accountKeys } }) => {
    const { picture, principal } = stage;
    const program = picture.subjects[PROGRAM]!;
    if (prudent && !stage.hasAllOf(program)) return null;
    const kinds = [
      ['a secret', () => secrets.create(principal, null, program, { label: null, lifetimeDays: 1 })],
      ['a key', () => keys.create(principal, null, program, { jwk: JWK as Record<string, unknown>, label: null, lifetimeDays: 1 })],
      ['a certificate', () => certificates.create(principal, null, program, { certificate: CERTIFICATE, label: null })],
      ['an API key', () => accountKeys.create(principal, null, program, { label: null, scopes: principal.scopes, project: null, lifetimeDays: 1 })],
    ] as const;
    const [name, make] = pick(kinds, which);
    return { say: `give the program ${name}`, needs: { permission: 'service-accounts:issue-secret', place: null }, becomes: program, do: make };
  },
  'hand-over': ({ subject, prudent }, stage, { credentials }) => {
    const { picture, principal } = stage;
    if (prudent && !stage.hasAllOf(picture.subjects[PROGRAM]!)) return null;
    return {
      say: `have ${subject} answer for the program`,
      needs: { permission: 'service-accounts:update', place: null },
      do: () => credentials.programs.handOver(principal, picture.subjects[PROGRAM]!, null, picture.subjects[subject]!),
    };
  },
  reset: (move, stage, { credentials: { resets, factors, addresses } }) => {
    const { picture, principal } = stage;
    const people = picture.subjects.slice(0, PROGRAM);
    // Whoever administers is reset by an owner alone.
    const mayBeReset = people.filter((each, index) => !ACTORS.some((actor) => actor === index) && stage.hasAllOf(each));
    if (move.prudent && mayBeReset.length === 0) return null;
    const target = pick(move.prudent ? mayBeReset : people, move.subject);
    const kinds = [
      ['password', 'users:reset-password', () => resets.make(principal, target)],
      ['factors', 'users:reset-mfa', () => factors.reset(principal, target)],
      ['address', 'users:reset-password', () => addresses.change(principal, target, null, 'somebody@example.org')],
    ] as const;
    const [name, permission, make] = pick(kinds, move.which);
    return { say: `reset the ${name} of ${picture.subjects.indexOf(target)}`, needs: { permission, place: null }, becomes: target, do: make };
  },
  client: ({ which, prudent }, { principal }, { credentials, clients }) => {
    const scopes = prudent ? within(principal, someScopes(which)) : someScopes(which);
    return {
      say: `make a client for ${[...scopes].join()}`,
      needs: { permission: 'clients:create', place: null },
      wrong: () => (isBeyond(scopes, principal.scopes) ? 'the client has a scope that they have not' : null),
      do: async () => void clients.push(await credentials.clients.create(principal, null, { name: `client-${(guests += 1)}`, scopes, dpopRequired: false })),
    };
  },
  'rewrite-client': ({ which, prudent }, { principal }, { credentials, clients }) => {
    const at = which % Math.max(clients.length, 1);
    const client = clients[at];
    if (client === undefined) return null;
    const scopes = prudent ? within(principal, someScopes(which)) : someScopes(which);
    return {
      say: `make a client of ${client.scopes.join()} one of ${[...scopes].join()}`,
      needs: { permission: 'clients:update', place: null },
      wrong: () => (isBeyond(scopes, principal.scopes, new Set(client.scopes)) ? 'the client has a scope that neither it had nor they have' : null),
      do: async () => void (clients[at] = await credentials.clients.replace(principal, client.id, null, { name: client.name, scopes, dpopRequired: false })),
    };
  },
  device: ({ which }, stage, { credentials, clients }) => {
    const client = clients[which % Math.max(clients.length, 1)];
    if (client === undefined) return null;
    let device: Principal;
    return {
      say: 'let a device in',
      needs: null,
      yields: () => device,
      wrong: () => (isBeyond(device.scopes, new Set(client.scopes)) ? 'the device has a scope that its client has not' : null),
      do: async () => {
        await logInAs(stage);
        const { deviceCode, userCode } = await credentials.codes.issue(client, null, '192.0.2.1');
        await credentials.devices.approve(stage.principal, userCode);
        const { scopes, assurance, projectId } = (await credentials.deviceLogins.redeem(client, deviceCode, null)) as unknown as Principal;
        device = { ...stage.principal, scopes, assurance, projectId };
      },
    };
  },
  'api-key': ({ which, place, prudent }, stage, { credentials }) => {
    const { principal } = stage;
    const scopes = prudent ? within(principal, someScopes(which)) : someScopes(which);
    let key: Principal;
    return {
      say: `make themselves a key for ${[...scopes].join()} in ${PLACES[place]}`,
      needs: null,
      yields: () => key,
      do: async () => {
        await logInAs(stage);
        const made = await credentials.apiKeys.create(principal, null, { label: null, scopes, project: PLACES[place]!, lifetimeDays: 1 });
        key = { ...principal, scopes: new Set(made.scopes), projectId: made.projectId, assurance: 'aal1' };
      },
    };
  },
};

/** The session that the principal came by: who passes it on is asked whether it still stands. */
async function logInAs({ database, policy, principal: { id, sessionId, scopes, projectId, assurance, authenticatedAtSeconds } }: Stage): Promise<void> {
  const now = policy.clock.millis;
  await database.query(
    `INSERT INTO auth.session (id, principal_id, created_at, expires_at, ends_at, last_used_at, auth_time, scopes, project_id, acr, methods)
     VALUES ($1, $2, $3, $4, $4, $3, $5, $6, $7, $8, '{pwd}')`,
    [sessionId, id, new Date(now), new Date(now + HOUR_MILLIS), new Date(authenticatedAtSeconds * 1000), [...scopes], projectId, assurance],
  );
}

/** Accounts for the world's people: `subjectsOf` makes principals, which is all that policy knows. */
export async function accountsOf(database: TestDatabase, subjects: Subjects): Promise<void> {
  await database.query(
    `INSERT INTO auth.user_account (principal_id, username, password_hash, must_change_password, password_changed_at)
     SELECT id, 'person-' || number, '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA', false, now() FROM unnest($1::uuid[]) WITH ORDINALITY AS person(id, number)`,
    [subjects.slice(0, PROGRAM)],
  );
}

/** Every person has a second factor to lose, and nobody what was made in another sequence. */
export async function forgetCredentials(database: TestDatabase, subjects: Subjects): Promise<void> {
  await database.query(`DELETE FROM auth.invite; DELETE FROM auth.password_reset; DELETE FROM auth.api_key; DELETE FROM auth.client_secret; DELETE FROM auth.client_key;
    DELETE FROM auth.client_certificate; DELETE FROM auth.device_authorization; DELETE FROM auth.refresh_token; DELETE FROM auth.session; DELETE FROM auth.client WHERE created_by IS NOT NULL`);
  await database.query(
    `WITH owned AS (UPDATE auth.service_account SET owner_id = $2 WHERE principal_id = $1 AND owner_id <> $2)
     INSERT INTO auth.totp (principal_id, sealed_secret, created_at, confirmed_at) SELECT id, $4, now(), now() FROM unnest($3::uuid[]) AS person(id) ON CONFLICT DO NOTHING`,
    [subjects[PROGRAM], subjects[OWNER_OF_PROGRAM], subjects.slice(0, PROGRAM), Buffer.alloc(44)],
  );
}
