import { type DynamicModule, Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { LedgerModule } from '#modules/audit/index.js';
import { AuthModule } from '#modules/auth/index.js';
import { PermissionCatalogue, RbacModule } from '#modules/rbac/index.js';
import type { Config } from '#platform/config/config.js';
import { ConfigModule } from '#platform/config/config.module.js';
import { DatabaseModule } from '#platform/database/database.module.js';
import { MetricsModule } from '#platform/metrics/metrics.module.js';
import { SystemModule } from '#platform/system/system.module.js';
import { ErasureModule } from '../../modules/audit/privacy/erasure.module.js';
import { VerificationModule } from '../../modules/audit/verification/verification.module.js';
import { CATALOGUE } from '../catalogue.js';

export type Getter = <T>(type: abstract new (...parameters: never[]) => T) => T;

/** Nobody grants anything here: of a grant, an empty catalogue allows nothing. */
@Global()
@Module({ providers: [{ provide: PermissionCatalogue, useValue: { all: () => [], resources: () => [] } satisfies PermissionCatalogue }], exports: [PermissionCatalogue] })
class NoPermissionsModule {}

/** The engines of accounts and of the ledger, and what they stand on: no door is opened, no job runs. */
@Module({})
class RestoredServerModule {
  static forRoot(config: Config, url: string, report: (line: string) => void): DynamicModule {
    const database = DatabaseModule.forRoot({ config, urls: { app: url, sequencer: url }, onError: (error) => report(`an idle connection failed: ${error.message}`) });
    const engines = [NoPermissionsModule, RbacModule, AuthModule, LedgerModule, ErasureModule, VerificationModule];
    return { module: RestoredServerModule, imports: [ConfigModule.forRoot(config), database, SystemModule, MetricsModule.forRoot(CATALOGUE.metrics), ...engines] };
  }
}

/** Runs with the engines of a process that serves requests and keeps the ledger, as the login that owns the schema. */
export async function withRestoredServer<T>(config: Config, url: string, report: (line: string) => void, work: (get: Getter) => Promise<T>): Promise<T> {
  const application = await NestFactory.createApplicationContext(RestoredServerModule.forRoot(config, url, report), { logger: ['error'], abortOnError: false });
  try {
    return await work((type) => application.get(type, { strict: false }));
  } finally {
    await application.close();
  }
}
