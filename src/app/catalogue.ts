import { AUDIT_EVENTS, AUDIT_FAULTS, AUDIT_METRICS, AUDIT_PERMISSIONS } from '#modules/audit/index.js';
import { AUTH_EVENTS, AUTH_FAULTS, AUTH_METRICS, AUTH_PERMISSIONS } from '#modules/auth/index.js';
import { CRYPTO_EVENTS, CRYPTO_FAULTS, CRYPTO_METRICS, CRYPTO_PERMISSIONS } from '#modules/crypto/index.js';
import { HEALTH_EVENTS, HEALTH_METRICS, HEALTH_PERMISSIONS } from '#modules/health/index.js';
import { RBAC_EVENTS, RBAC_FAULTS, RBAC_METRICS, RBAC_PERMISSIONS } from '#modules/rbac/index.js';
import { REGISTRY_EVENTS, REGISTRY_FAULTS, REGISTRY_METRICS, REGISTRY_PERMISSIONS } from '#modules/registry/index.js';
import { SIMULATION_EVENTS, SIMULATION_FAULTS, SIMULATION_METRICS, SIMULATION_PERMISSIONS } from '#modules/simulation/index.js';
import type { AuditEventKind } from '#pure/audit-event/audit-event.js';
import type { Permission } from '#pure/capability/permission.js';
import type { FaultKind } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { MetricKind } from '#pure/metric/metric.js';
import { SECRET_METRICS } from '#platform/config/secret.metrics.js';
import { DATABASE_METRICS } from '#platform/database/database.metrics.js';
import { HTTP_METRICS } from '#platform/http/http.metrics.js';
import { eventsOf } from '#platform/http/annotations.js';
import type { RoutePolicy } from '#platform/http/route-policy.js';

/** What one module declares. */
export interface Declarations {
  readonly module: string;
  readonly permissions?: Readonly<Record<string, Permission>>;
  readonly faults?: Readonly<Record<string, FaultKind>>;
  readonly events?: Readonly<Record<string, AuditEventKind>>;
  readonly metrics?: Readonly<Record<string, MetricKind>>;
}

/** Every name that the server can require, answer, record or measure, each with the module that declared it. */
export interface Catalogue {
  readonly permissions: readonly Declared<Permission>[];
  readonly faults: readonly Declared<FaultKind>[];
  readonly events: readonly Declared<AuditEventKind>[];
  readonly metrics: readonly Declared<MetricKind>[];
}
export type Declared<T> = T & { readonly module: string };

export const DECLARATIONS: readonly Declarations[] = [
  { module: 'request', faults: REQUEST_FAULTS, metrics: HTTP_METRICS },
  { module: 'config', metrics: SECRET_METRICS },
  { module: 'database', metrics: DATABASE_METRICS },
  { module: 'crypto', permissions: CRYPTO_PERMISSIONS, faults: CRYPTO_FAULTS, events: CRYPTO_EVENTS, metrics: CRYPTO_METRICS },
  { module: 'audit', permissions: AUDIT_PERMISSIONS, faults: AUDIT_FAULTS, events: AUDIT_EVENTS, metrics: AUDIT_METRICS },
  { module: 'rbac', permissions: RBAC_PERMISSIONS, faults: RBAC_FAULTS, events: RBAC_EVENTS, metrics: RBAC_METRICS },
  { module: 'auth', permissions: AUTH_PERMISSIONS, faults: AUTH_FAULTS, events: AUTH_EVENTS, metrics: AUTH_METRICS },
  { module: 'registry', permissions: REGISTRY_PERMISSIONS, faults: REGISTRY_FAULTS, events: REGISTRY_EVENTS, metrics: REGISTRY_METRICS },
  { module: 'simulation', permissions: SIMULATION_PERMISSIONS, faults: SIMULATION_FAULTS, events: SIMULATION_EVENTS, metrics: SIMULATION_METRICS },
  { module: 'health', permissions: HEALTH_PERMISSIONS, events: HEALTH_EVENTS, metrics: HEALTH_METRICS },
];

/** Brings the tables of the modules together. Throws when a name stands twice: two modules would mean two things by it. */
export function collect(declarations: readonly Declarations[]): Catalogue {
  const gather = <T>(kind: string, pick: (from: Declarations) => Readonly<Record<string, T>> | undefined): readonly Declared<T>[] => {
    const owners = new Map<string, string>();
    const found = declarations.flatMap((from) =>
      Object.entries(pick(from) ?? {}).map(([name, value]) => {
        const owner = owners.get(name);
        if (owner !== undefined) throw new Error(`the ${kind} ${name} is declared by ${owner} and by ${from.module}`);
        owners.set(name, from.module);
        return [name, { ...value, module: from.module }] as const;
      }),
    );
    return found.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  };
  return {
    permissions: gather('permission', ({ permissions }) => permissions),
    faults: gather('fault', ({ faults }) => faults),
    events: gather('event', ({ events }) => events),
    metrics: gather('metric', ({ metrics }) => metrics),
  };
}

/** The whole of this server: made when the roof is loaded, so a name that stands twice keeps it from starting. */
export const CATALOGUE = collect(DECLARATIONS);
export const PERMISSIONS: readonly Permission[] = CATALOGUE.permissions;

/**
 * Holds the routes against the catalogue: one that requires a permission, or promises an event, that no module
 * declared could never be granted, or found by who searches the ledger for it. Returns complaints, none when all fit.
 */
export function strangersIn(routes: readonly RoutePolicy[], catalogue: Catalogue): readonly string[] {
  const permissions = new Set(catalogue.permissions.map(({ name }) => name));
  const events = new Set(catalogue.events.map(({ code }) => code));
  return routes.flatMap(({ route, access, recording }) => [
    ...(access.kind === 'requires' && !permissions.has(access.permission.name) ? [`${route} requires ${access.permission.name}, which no module declares`] : []),
    ...eventsOf(recording).filter(({ code }) => !events.has(code)).map(({ code }) => `${route} records ${code}, which no module declares`),
  ]);
}
