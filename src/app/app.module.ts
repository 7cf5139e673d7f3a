import { type DynamicModule, Logger, Module, type Type } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import type { Config, ProcessRole } from '#platform/config/config.js';
import { ConfigModule } from '#platform/config/config.module.js';
import { DatabaseModule } from '#platform/database/database.module.js';
import type { RoleUrls } from '#platform/database/database-urls.js';
import { RateLimitModule } from '#platform/http/rate-limit/rate-limit.module.js';
import { MetricsModule } from '#platform/metrics/metrics.module.js';
import { SystemModule } from '#platform/system/system.module.js';
import { TracingModule } from '#platform/tracing/tracing.module.js';
import { AuditHttpModule } from '../modules/audit/http/audit-http.module.js';
import { DenialJobsModule } from '../modules/audit/jobs/denial-jobs.module.js';
import { LedgerJobsModule } from '../modules/audit/jobs/ledger-jobs.module.js';
import { RequestPulseJobsModule } from '../modules/audit/jobs/request-pulse-jobs.module.js';
import { AuthStandingModule } from '../modules/auth/auth-standing.module.js';
import { AuthHttpModule } from '../modules/auth/http/auth-http.module.js';
import { AuthJobsModule } from '../modules/auth/jobs/auth-jobs.module.js';
import { CryptoHttpModule } from '../modules/crypto/http/crypto-http.module.js';
import { SealHttpModule } from '../modules/crypto/http/seal-http.module.js';
import { CryptoJobsModule } from '../modules/crypto/jobs/crypto-jobs.module.js';
import { KeyHierarchyProbeModule } from '../modules/crypto/jobs/key-hierarchy-probe.module.js';
import { SealUpkeepModule } from '../modules/crypto/jobs/seal-upkeep.module.js';
import { SigningKeyJobsModule } from '../modules/crypto/jobs/signing-key-jobs.module.js';
import { HealthModule } from '../modules/health/health.module.js';
import { HealthHttpModule } from '../modules/health/http/health-http.module.js';
import { HealthJobsModule } from '../modules/health/jobs/health-jobs.module.js';
import { RbacHttpModule } from '../modules/rbac/http/rbac-http.module.js';
import { RbacJobsModule } from '../modules/rbac/jobs/rbac-jobs.module.js';
import { RegistryHttpModule } from '../modules/registry/http/registry-http.module.js';
import { RegistryJobsModule } from '../modules/registry/jobs/registry-jobs.module.js';
import { SimulationHttpModule } from '../modules/simulation/http/simulation-http.module.js';
import { ResultSigningModule } from '../modules/simulation/jobs/result-signing.module.js';
import { SimulationWorkerModule } from '../modules/simulation/jobs/simulation-worker.module.js';
import { CATALOGUE } from './catalogue.js';
import { DocsModule } from './docs.controller.js';
import { HousekeepingModule } from './housekeeping.js';
import { limitStorageOf } from './limit-storage-of.js';
import { ClosedPortsModule, PortsModule } from './ports.module.js';
import { SecretReloadModule } from './secret-reload.module.js';

/** In every process: probes, and what the pipeline itself needs. */
const EVERYWHERE: readonly Type[] = [DiscoveryModule, SystemModule, HealthModule, HealthHttpModule, HealthJobsModule, SecretReloadModule];

/** Which doors a role opens. A process without `api` answers its probes and nothing else. */
const DOORS: Readonly<Record<ProcessRole, readonly Type[]>> = {
  api: [AuthStandingModule, SealHttpModule, SealUpkeepModule, CryptoHttpModule, CryptoJobsModule, SigningKeyJobsModule, KeyHierarchyProbeModule, AuthHttpModule, AuthJobsModule, RbacHttpModule, RbacJobsModule, AuditHttpModule, DenialJobsModule, RequestPulseJobsModule, RegistryHttpModule, RegistryJobsModule, SimulationHttpModule, DocsModule, HousekeepingModule],
  worker: [SimulationWorkerModule],
  ledger: [AuthStandingModule, SealHttpModule, SealUpkeepModule, LedgerJobsModule, SigningKeyJobsModule, ResultSigningModule],
};

@Module({})
export class AppModule {
  static forRoot(config: Config, urls: RoleUrls): DynamicModule {
    const log = new Logger('Database');
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        MetricsModule.forRoot(CATALOGUE.metrics),
        TracingModule.forRoot(config.tracing.otlpEndpoint),
        DatabaseModule.forRoot({ config, urls, onError: (error) => log.warn('the connections to the database', { error }) }),
        RateLimitModule.forRoot(limitStorageOf(config)),
        ...EVERYWHERE,
        config.roles.has('api') ? PortsModule : ClosedPortsModule,
        ...[...config.roles].flatMap((role) => DOORS[role]),
      ],
    };
  }
}
