import type { Schema } from '#platform/database/migration-runner.js';
import { Platform1763769600001, platformGrants } from './1-platform.js';
import { Crypto1763769600002, cryptoGrants } from './2-crypto.js';
import { Audit1763769600003, auditGrants } from './3-audit.js';
import { Rbac1763769600004, rbacGrants } from './4-rbac.js';
import { Auth1763769600005, authGrants } from './5-auth.js';
import { Registry1763769600006, registryGrants } from './6-registry.js';
import { Simulation1763769600007, simulationGrants } from './7-simulation.js';
import { Health1763769600008, healthGrants } from './8-health.js';
import { AuditServices1763769600009, auditServicesGrants } from './9-audit-services.js';
import { Alerts1763769600010, alertsGrants } from './10-alerts.js';
import { Transit1763769600011, transitGrants } from './11-transit.js';
import { Mfa1763769600012, mfaGrants } from './12-mfa.js';
import { Oauth1763769600013, oauthGrants } from './13-oauth.js';
import { Credentials1763769600014, credentialsGrants } from './14-credentials.js';

/** The whole schema: every module's migrations in their order, and every module's grants. */
export const SCHEMA: Schema = {
  migrations: [
    Platform1763769600001,
    Crypto1763769600002,
    Audit1763769600003,
    Rbac1763769600004,
    Auth1763769600005,
    Registry1763769600006,
    Simulation1763769600007,
    Health1763769600008,
    AuditServices1763769600009,
    Alerts1763769600010,
    Transit1763769600011,
    Mfa1763769600012,
    Oauth1763769600013,
    Credentials1763769600014,
  ],
  grants: [
    ...[platformGrants, cryptoGrants, auditGrants, rbacGrants, authGrants].flat(),
    ...[registryGrants, simulationGrants, healthGrants, auditServicesGrants, alertsGrants, transitGrants].flat(),
    ...[mfaGrants, oauthGrants, credentialsGrants].flat(),
  ],
};
