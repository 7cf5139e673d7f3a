import '../../boot/loader/node-version.js';
import { readEnvironment } from '#platform/config/environment.js';
import { ConfigError } from '#platform/config/load-config.js';
import { readConfig } from '#platform/config/read-config.js';
import { asMigrator } from '#platform/database/start-database.js';
import { explain } from '../operator-errors.js';
import { say, withLedger } from './ledger-command.js';

/**
 * `npm run succeed-log`: ends a log that is forked and cannot be restored, and begins its successor, whose first entry
 * names it. As the login that owns the schema, servers stopped or running; with the root key and the anchors' settings
 * of the server, since the last checkpoint that anybody outside holds is what the successor names.
 */
async function run(words: readonly string[]): Promise<void> {
  if (words.length > 0) throw new ConfigError(['succeed-log takes nothing']);
  const config = await readConfig({ ...readEnvironment(), QUANTONIUM_ROLES: 'ledger' });
  const { formerOrigin, formerSize, origin } = await asMigrator(config, say, (urls) => withLedger(config, urls.migration, ({ succession }) => succession.succeed()));
  process.stdout.write(`${formerOrigin} has ended; the last that is known of it has ${formerSize} entries.\n`);
  process.stdout.write(`${origin} has begun, and names it in its first entry. Have its keys known: GET /v1/audit/log/vkeys, and the configuration of each witness.\n`);
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  const { text, exitCode } = explain(error);
  say(`succeed-log: ${text}`);
  process.exitCode = exitCode;
}
