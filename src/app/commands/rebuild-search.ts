import '../../boot/loader/node-version.js';
import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuditModule, SearchIndex } from '#modules/audit/index.js';
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
import { explain } from '../operator-errors.js';

/**
 * `npm run rebuild-search [-- FROM]`: makes the ledger's search table again from the entries, from the leaf FROM on
 * (the first unless told), and prints how far it is. Nothing of the log is changed. Safe beside running servers:
 * a thousand leaves at a time are exchanged in one transaction, and searches see the old ones or the new. Stopped
 * halfway it is begun again, with the last number that it printed or from the start.
 */
const log = (line: string): void => void process.stderr.write(`${line}\n`);
/** Between two lines of progress, in leaves. */
const REPORT_LEAVES = 50 * 1_024;

/** The audit engine and what it stands on: no door is opened, no job runs. */
@Module({})
class RebuildModule {
  static forRoot(config: Config, urls: RoleUrls): DynamicModule {
    const database = DatabaseModule.forRoot({ config, urls, onError: (error) => log(`the connections to the database: ${error.message}`) });
    return { module: RebuildModule, imports: [ConfigModule.forRoot(config), MetricsModule.forRoot([]), database, SystemModule, AuditModule] };
  }
}

function parse(words: readonly string[]): number {
  const [from = '0', ...more] = words;
  if (more.length > 0 || !/^(?:0|[1-9]\d{0,14})$/.test(from)) throw new ConfigError(['rebuild-search takes nothing, or the leaf from which to go on']);
  return Number(from);
}

async function rebuildSearch(from: number): Promise<void> {
  // As a process that sequences: it holds that login and no other.
  const config = await readConfig({ ...readEnvironment(), QUANTONIUM_ROLES: 'ledger' });
  const database = await startDatabase(config, SCHEMA, log);
  try {
    const application = await NestFactory.createApplicationContext(RebuildModule.forRoot(config, database.urls), { logger: ['error'], abortOnError: false });
    try {
      await printed(application.get(SearchIndex, { strict: false }).rebuild(from));
    } finally {
      await application.close();
    }
  } finally {
    await database.stop();
  }
}

async function printed(steps: AsyncIterable<{ readonly done: number; readonly of: number }>): Promise<void> {
  let told = 0;
  let last = 0;
  for await (const { done, of } of steps) {
    last = done;
    if (done < of && done - told < REPORT_LEAVES) continue;
    told = done;
    process.stdout.write(`${done} of ${of} leaves (${Math.floor((100 * done) / of)} %)\n`);
  }
  process.stdout.write(last === 0 ? 'There is nothing to do.\n' : 'The search table is made of the entries again.\n');
}

try {
  await rebuildSearch(parse(process.argv.slice(2)));
} catch (error) {
  const { text, exitCode } = explain(error);
  log(`rebuild-search: ${text}`);
  process.exitCode = exitCode;
}
