import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Attestation, AUDIT_METRICS, AuditLog, LedgerModule, LogSuccession } from '#modules/audit/index.js';
import { Keyring, Seal } from '#modules/crypto/index.js';
import type { Config } from '#platform/config/config.js';
import { ConfigModule } from '#platform/config/config.module.js';
import { DatabaseModule } from '#platform/database/database.module.js';
import { MetricsModule } from '#platform/metrics/metrics.module.js';
import { SystemModule } from '#platform/system/system.module.js';
import { unsealForCommand } from './open-seal.js';

/** For operators, who read it at a terminal. */
export const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** The ledger's engine and what it stands on: no door is opened, no job runs. */
@Module({})
class LedgerCommandModule {
  static forRoot(config: Config, url: string): DynamicModule {
    const database = DatabaseModule.forRoot({ config, urls: { sequencer: url }, onError: (error) => say(`the connections to the database: ${error.message}`) });
    return { module: LedgerCommandModule, imports: [ConfigModule.forRoot(config), database, SystemModule, MetricsModule.forRoot(Object.values(AUDIT_METRICS)), LedgerModule] };
  }
}

/** What a command works with. */
export interface LedgerTools {
  readonly attestation: Attestation;
  readonly succession: LogSuccession;
}

export type Getter = <T>(type: abstract new (...parameters: never[]) => T) => T;

/**
 * Runs with the engine of a process whose only role is `ledger`, on the connection that is given: the sequencer's, or
 * the schema owner's in its place for what only that may do. The seal is open and the keyring unsealed.
 */
export async function withLedger<T>(config: Config, url: string, work: (tools: LedgerTools, get: Getter) => Promise<T>): Promise<T> {
  return withSealedLedger(config, url, async (get) => {
    await unsealForCommand({ seal: get(Seal), keyring: get(Keyring), log: get(AuditLog) }, say);
    return work({ attestation: get(Attestation), succession: get(LogSuccession) }, get);
  });
}

/** The same before the seal is opened. */
export async function withSealedLedger<T>(config: Config, url: string, work: (get: Getter) => Promise<T>): Promise<T> {
  const application = await NestFactory.createApplicationContext(LedgerCommandModule.forRoot(config, url), { logger: ['error'], abortOnError: false });
  try {
    return await work((type) => application.get(type, { strict: false }));
  } finally {
    await application.close();
  }
}
