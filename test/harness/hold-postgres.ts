import { EmbeddedPostgres } from '#platform/database/embedded/embedded-postgres.js';

/**
 * A process that uses the embedded Postgres of a data directory until it is told to stop: what a server is to the
 * supervisor. `node hold-postgres.js DIRECTORY`; says `up {json}` when the server answers, stops on SIGTERM and says
 * `left-running` or `stopped`.
 */
const [dataDirectory] = process.argv.slice(2);
if (dataDirectory === undefined) throw new Error('which data directory?');

const postgres = await EmbeddedPostgres.start({ dataDirectory, report: (line) => console.log(line) });
const staying = setInterval(() => undefined, 1000);
process.once('SIGTERM', () => {
  void postgres.stop().then((outcome) => {
    console.log(outcome);
    clearInterval(staying);
  });
});
console.log(`up ${JSON.stringify({ adopted: postgres.adopted, directory: postgres.directory, superuserUrl: postgres.superuserUrl(), urls: postgres.urls() })}`);
