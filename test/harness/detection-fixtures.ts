import { AUDIT_EVENTS } from '#modules/audit/index.js';
import { AUTH_EVENTS } from '#modules/auth/index.js';
import { CRYPTO_EVENTS } from '#modules/crypto/index.js';
import { HEALTH_EVENTS } from '#modules/health/index.js';
import { RBAC_EVENTS } from '#modules/rbac/index.js';
import { REGISTRY_EVENTS } from '#modules/registry/index.js';
import type { AuditEvent, AuditEventKind } from '#pure/audit-event/audit-event.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';

/** One entry of a stream: when, from where, and what. */
export interface Occurrence {
  /** Milliseconds after the stream's noon (UTC). */
  readonly at: number;
  readonly source?: string;
  readonly event: AuditEvent;
}

/** A stream that a rule file finds something in, and the nearest one in which it finds nothing. */
export interface RuleFixture {
  readonly fires: readonly Occurrence[];
  readonly misses: readonly Occurrence[];
  /** What it groups by in them, where one stream is several alerts. */
  readonly groups?: readonly Readonly<Record<string, string>>[];
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const person = (n: number): Principal => ({ ...systemPrincipal('x'), id: `0198c0de-0000-7000-8000-${String(n).padStart(12, '0')}`, kind: 'user' });
const ALICE = person(1);
const BOB = person(2);
const SERVER = systemPrincipal('bootstrap');

const occurrence = (at: number, event: Partial<AuditEvent> & { readonly kind: AuditEventKind }, source = 'network-1'): Occurrence =>
  ({ at, source, event: { outcome: 'success', actor: ALICE, ...event } });
const series = (count: number, make: (n: number) => Occurrence): Occurrence[] => Array.from({ length: count }, (_, n) => make(n));
const failedLogin = (at: number, loginName: string, source?: string): Occurrence =>
  occurrence(at, { kind: AUTH_EVENTS['auth.login.failed'], outcome: 'failure', actor: null, facts: { loginName, reason: 'invalid-credentials' } }, source);
const login = (at: number, source?: string): Occurrence =>
  occurrence(at, { kind: AUTH_EVENTS['auth.login'], targets: [{ type: 'user', uid: ALICE.id }], facts: { loginName: 'name-3' } }, source);
const spray = (names: number): Occurrence[] => series(names, (n) => failedLogin(n * 30 * SECOND, `name-${n}`));
const denied = (at: number, route: string, actor: Principal | null = ALICE, count = 1): Occurrence =>
  occurrence(at, { kind: AUDIT_EVENTS['access.denied'], outcome: 'denied', actor, occurrences: { count, firstMillis: at, lastMillis: at }, facts: { route, faultCode: 'forbidden', httpStatus: 403 } });
const unbound = (at: number, actor = ALICE): Occurrence => occurrence(at, { kind: RBAC_EVENTS['rbac.role-binding.delete'], actor, facts: { role: 'viewer', scope: 'global' } });
const bound = (role: string, over: Partial<AuditEvent> = {}, at = 0): Occurrence =>
  occurrence(at, { kind: RBAC_EVENTS['rbac.role-binding.create'], targets: [{ type: 'principal', uid: BOB.id }], facts: { role, scope: 'global' }, ...over });
const mfa = (at: number, outcome: AuditEvent['outcome'] = 'failure'): Occurrence =>
  occurrence(at, { kind: AUTH_EVENTS['auth.mfa.challenge'], outcome, targets: [{ type: 'user', uid: ALICE.id }] });
const unconfirmed = (at: number, attestor: string): Occurrence =>
  occurrence(at, { kind: AUDIT_EVENTS['audit.attestation.fail'], outcome: 'failure', actor: SERVER, facts: { attestor, attestorKind: 'witness', failure: 'no answer' } });

/** By the name of the rule file. */
export const RULE_FIXTURES: Readonly<Record<string, RuleFixture>> = {
  'brute_force.yml': {
    fires: series(10, (n) => failedLogin(n * 33 * SECOND, 'name-1', `network-${n}`)),
    misses: [...series(9, (n) => failedLogin(n * 33 * SECOND, 'name-1')), failedLogin(5 * MINUTE + 1, 'name-1'), failedLogin(0, 'name-2')],
  },
  'password_spray.yml': { fires: spray(15), misses: [...spray(14), failedLogin(0, 'name-3'), failedLogin(0, 'name-99', 'network-2')] },
  'stuffing_success.yml': {
    fires: [...spray(15), login(8 * MINUTE)],
    misses: [login(0), ...spray(15), login(8 * MINUTE, 'network-2'), login(14 * 30 * SECOND + 15 * MINUTE + 1)],
  },
  'refresh_token_reuse.yml': {
    fires: [occurrence(0, { kind: AUTH_EVENTS['auth.refresh.reuse'], outcome: 'failure' })],
    misses: [login(0), occurrence(1, { kind: AUTH_EVENTS['auth.logout'] })],
  },
  'mfa_fatigue.yml': {
    fires: series(5, (n) => mfa(n * 2 * MINUTE)),
    misses: [...series(4, (n) => mfa(n * MINUTE)), mfa(5 * MINUTE, 'success'), mfa(10 * MINUTE + 1)],
  },
  'privilege_probing.yml': {
    fires: series(8, (n) => denied(n * 40 * SECOND, `GET /v1/route-${n}`)),
    misses: [
      ...series(7, (n) => denied(n * SECOND, `GET /v1/route-${n}`, ALICE, 500)),
      denied(8 * SECOND, 'GET /v1/route-7', BOB),
      ...series(20, (n) => denied(n * SECOND, `GET /v1/route-${n}`, null)),
    ],
  },
  'admin_role_granted.yml': {
    fires: [bound('security-admin')],
    misses: [bound('viewer'), bound('owner', { actor: SERVER, facts: { role: 'owner', scope: 'global', bootstrap: true } })],
  },
  'break_glass.yml': {
    fires: [occurrence(0, { kind: RBAC_EVENTS['rbac.break-glass.open'], targets: [{ type: 'break-glass', uid: 'use-1' }] })],
    misses: [occurrence(0, { kind: RBAC_EVENTS['rbac.break-glass.review'], targets: [{ type: 'break-glass', uid: 'use-1' }] }), occurrence(0, { kind: RBAC_EVENTS['rbac.break-glass.open'], outcome: 'denied' })],
  },
  'key_exported.yml': {
    fires: [occurrence(0, { kind: CRYPTO_EVENTS['crypto.key.export'], targets: [{ type: 'key', uid: 'key-1' }] })],
    misses: [occurrence(0, { kind: CRYPTO_EVENTS['crypto.key.export'], outcome: 'denied', targets: [{ type: 'key', uid: 'key-1' }] }), occurrence(0, { kind: CRYPTO_EVENTS['crypto.signing-key.create'] })],
  },
  'mass_deletion.yml': {
    fires: series(20, (n) => unbound(n * 15 * SECOND)),
    misses: [...series(19, (n) => unbound(n * SECOND)), unbound(20 * SECOND, BOB), ...series(30, (n) => occurrence(n, { kind: AUDIT_EVENTS['audit.prune'], actor: SERVER }))],
  },
  'registry_digest_mismatch.yml': {
    fires: [occurrence(0, { kind: REGISTRY_EVENTS['registry.digest.mismatch'], outcome: 'failure', targets: [{ type: 'blob', uid: 'sha256:00' }] })],
    misses: [occurrence(0, { kind: REGISTRY_EVENTS['registry.blob.push'], targets: [{ type: 'blob', uid: 'sha256:00' }] })],
  },
  'registry_tags_mismatch.yml': {
    fires: [occurrence(0, { kind: REGISTRY_EVENTS['registry.tags.mismatch'], outcome: 'failure', actor: SERVER })],
    misses: [occurrence(0, { kind: REGISTRY_EVENTS['registry.tags.checkpoint'], actor: SERVER })],
  },
  'integrity_violation.yml': {
    fires: [occurrence(0, { kind: HEALTH_EVENTS['server.integrity.violation'], outcome: 'failure', actor: SERVER })],
    misses: [occurrence(0, { kind: HEALTH_EVENTS['server.boot.ready'], actor: SERVER })],
  },
  'verification_failed.yml': {
    fires: [occurrence(0, { kind: AUDIT_EVENTS['audit.verify.fail'], outcome: 'failure', actor: SERVER })],
    misses: [occurrence(0, { kind: AUDIT_EVENTS['audit.verify.complete'], actor: SERVER })],
  },
  'log_forked.yml': {
    fires: [occurrence(0, { kind: AUDIT_EVENTS['audit.log.fork'], outcome: 'failure', actor: SERVER })],
    misses: [occurrence(0, { kind: AUDIT_EVENTS['audit.log.name'], actor: SERVER })],
  },
  'attestation_failing.yml': {
    fires: [unconfirmed(0, 'witness w1'), unconfirmed(1, 'file')],
    groups: [{ 'unmapped.attestor': 'witness w1' }, { 'unmapped.attestor': 'file' }],
    misses: [occurrence(0, { kind: AUDIT_EVENTS['audit.attestation.recover'], actor: SERVER })],
  },
  'denials_lost.yml': {
    fires: [occurrence(0, { kind: AUDIT_EVENTS['audit.denials.lost'], outcome: 'failure', actor: SERVER, facts: { count: 3 } })],
    misses: [denied(0, 'GET /v1/route')],
  },
  'off_hours_change.yml': {
    fires: [bound('viewer', {}, 11 * HOUR)],
    misses: [
      bound('viewer', {}, 0),
      bound('viewer', {}, 8 * HOUR - 1),
      bound('viewer', {}, 18 * HOUR),
      occurrence(11 * HOUR, { kind: RBAC_EVENTS['rbac.role-binding.list.across-projects'] }),
      occurrence(11 * HOUR, { kind: CRYPTO_EVENTS['crypto.signing-key.create'], actor: SERVER }),
    ],
  },
};
