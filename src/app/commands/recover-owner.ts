import '../../boot/loader/node-version.js';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuditLog } from '#modules/audit/index.js';
import { AuthModule, OwnerRecovery } from '#modules/auth/index.js';
import { Keyring, Seal } from '#modules/crypto/index.js';
import { PermissionCatalogue, RbacModule } from '#modules/rbac/index.js';
import type { Config } from '#platform/config/config.js';
import { ConfigModule } from '#platform/config/config.module.js';
import { readEnvironment } from '#platform/config/environment.js';
import { ConfigError } from '#platform/config/load-config.js';
import { readConfig } from '#platform/config/read-config.js';
import { DatabaseModule } from '#platform/database/database.module.js';
import type { RoleUrls } from '#platform/database/database-urls.js';
import { startDatabase } from '#platform/database/start-database.js';
import { MetricsModule } from '#platform/metrics/metrics.module.js';
import { SystemModule } from '#platform/system/system.module.js';
import { SCHEMA } from '../../../migrations/index.js';
import { OWNER_PASSWORD_FILE, writeSecret } from '../../boot/first-owner.js';
import { explain } from '../operator-errors.js';
import { unsealForCommand } from './open-seal.js';

/**
 * `npm run recover-owner [-- USERNAME]`: gives the account of that name (the bootstrap owner's unless told) a new
 * one-time password, makes it an active owner, and ends its sessions. Needs what only an operator has: the database
 * and the root key, which is held against the check value before anything is done. Safe beside running servers, whose
 * next request sees it, and safe to repeat: who lost the password of one run makes another.
 */
const log = (line: string): void => void process.stderr.write(`${line}\n`);

/** The catalogue is asked what a grantor's rights cover, and here nobody grants: of a grant, an empty one allows nothing. */
@Global()
@Module({ providers: [{ provide: PermissionCatalogue, useValue: { all: () => [], resources: () => [] } satisfies PermissionCatalogue }], exports: [PermissionCatalogue] })
class CatalogueModule {}

/** The auth engine and what it stands on: no door is opened, no job runs. */
@Module({})
class RecoveryModule {
  static forRoot(config: Config, urls: RoleUrls): DynamicModule {
    const database = DatabaseModule.forRoot({ config, urls, onError: (error) => log(`the connections to the database: ${error.message}`) });
    return { module: RecoveryModule, imports: [ConfigModule.forRoot(config), database, SystemModule, MetricsModule.forRoot([]), CatalogueModule, RbacModule, AuthModule] };
  }
}

async function recoverOwner(words: readonly string[]): Promise<void> {
  const [username, ...more] = words;
  if (more.length > 0 || username?.startsWith('-') === true) throw new ConfigError(['recover-owner takes nothing, or the name of the account']);
  // As a process that serves requests: it holds that login and no other.
  const config = await readConfig({ ...readEnvironment(), QUANTONIUM_ROLES: 'api' });
  const database = await startDatabase(config, SCHEMA, log);
  try {
    const application = await NestFactory.createApplicationContext(RecoveryModule.forRoot(config, database.urls), { logger: ['error'], abortOnError: false });
    try {
      const get = <T>(type: abstract new (...parameters: never[]) => T): T => application.get(type, { strict: false });
      await unsealForCommand({ seal: get(Seal), keyring: get(Keyring), log: get(AuditLog) }, log);
      const owner = await get(OwnerRecovery).recover(username ?? config.bootstrap.ownerUsername);
      const done = [owner.created ? 'created' : 'reset', ...(owner.bound ? ['made owner'] : []), ...(owner.enabled ? ['enabled'] : [])].join(', ');
      log(`The account "${owner.username}" was ${done}; its sessions have ended. It is recorded in the ledger.`);
      await handOver(owner.oneTimePassword, config.dataDirectory);
    } finally {
      await application.close();
    }
  } finally {
    await database.stop();
  }
}

/** Shown to a person at a terminal; else into a file that only this user can read, as at the first start. */
async function handOver(password: string, dataDirectory: string): Promise<void> {
  if (process.stdout.isTTY) {
    process.stdout.write(`\nThe one-time password, shown only now:\n\n    ${password}\n\nIt must be changed at the first login (PUT /v1/auth/password).\n`);
    return;
  }
  const file = join(dataDirectory, OWNER_PASSWORD_FILE);
  // Of an earlier run: it is void now.
  await rm(file, { force: true });
  await writeSecret(file, `${password}\n`);
  process.stdout.write(`The one-time password is in ${file}, readable by this user only; it must be changed at the first login.\n`);
}

try {
  await recoverOwner(process.argv.slice(2));
} catch (error) {
  const { text, exitCode } = explain(error);
  log(`recover-owner: ${text}`);
  process.exitCode = exitCode;
}
