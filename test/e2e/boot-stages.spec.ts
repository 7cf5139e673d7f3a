import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type Answer, call, eventually, loginOwner } from '../harness/api.js';
import { openTestDatabase } from '../harness/postgres.js';
import { HELD, PRODUCTION, startServer } from '../harness/server.js';
import { ExternalInstallation } from '../faults/external-installation.js';

/** A release for the watch and the database; on the disk it is one page. */
const RELEASE = mkdtempSync(join(tmpdir(), 'announced-'));
const PAGE = join(RELEASE, 'page.html');
writeFileSync(PAGE, 'signed');
const ANNOUNCED = ['--import', `${pathToFileURL(join(import.meta.dirname, '../harness/announced-release.js')).href}?${encodeURIComponent(RELEASE)}`];

interface Refusal {
  readonly what: string;
  /** By a superuser of the database, and the same undone. */
  readonly spoil: string;
  readonly mend: string;
  readonly stage: string;
  readonly code: 1 | 78;
  readonly says: RegExp;
  readonly environment?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
}

/** A process of its own for a duty, with a login that may not migrate. */
const API = { QUANTONIUM_ROLES: 'api', DATABASE_MIGRATION_URL: '' };
const LEDGER = { QUANTONIUM_ROLES: 'ledger', DATABASE_MIGRATION_URL: '' };
const LAST = '(SELECT max(timestamp) FROM platform.migration)';

const REFUSALS: readonly Refusal[] = [
  {
    what: 'the schema is behind', stage: 'database', code: 78, environment: API,
    spoil: `CREATE TABLE aside AS SELECT * FROM platform.migration WHERE timestamp = ${LAST}; DELETE FROM platform.migration WHERE timestamp = ${LAST}`,
    mend: 'INSERT INTO platform.migration SELECT * FROM aside; DROP TABLE aside',
    says: /^the database lacks migrations of this version \(\w+\): run npm run migrate of this version with DATABASE_MIGRATION_URL$/,
  },
  {
    what: 'the schema is ahead', stage: 'database', code: 78, environment: API,
    spoil: "INSERT INTO platform.migration (timestamp, name) VALUES (1999999999999, 'Later1999999999999')",
    mend: "DELETE FROM platform.migration WHERE name = 'Later1999999999999'",
    says: /^the database has migrations that this version does not know \(Later1999999999999\): start the version that made them/,
  },
  {
    what: 'the schema is ahead of one that migrates', stage: 'database', code: 78,
    spoil: "INSERT INTO platform.migration (timestamp, name) VALUES (1999999999999, 'Later1999999999999')",
    mend: "DELETE FROM platform.migration WHERE name = 'Later1999999999999'",
    says: /^the database has migrations that this version does not know \(Later1999999999999\)/,
  },
  {
    what: 'a login is a superuser, in production', stage: 'database', code: 78, environment: PRODUCTION,
    spoil: 'ALTER ROLE quantonium_worker SUPERUSER',
    mend: 'ALTER ROLE quantonium_worker NOSUPERUSER',
    says: /^production refuses to run without separate database logins: quantonium_worker is a superuser$/,
  },
  {
    what: 'a restore did not come to its end', stage: 'database', code: 78, environment: API,
    spoil: "INSERT INTO platform.restoration (backup) VALUES (repeat('a', 64))",
    mend: 'DELETE FROM platform.restoration',
    says: /^a backup was loaded into this database and the restore did not come to its end/,
  },
  {
    what: 'a release of a later epoch has run on the database', stage: 'rollback', code: 78, flags: ANNOUNCED,
    spoil: `INSERT INTO platform.release (digest, version, epoch) VALUES ('sha256:${'f'.repeat(64)}', '9.9.9', 2)`,
    mend: "DELETE FROM platform.release WHERE version = '9.9.9'",
    says: /^this release is of epoch 1, and one of epoch 2 has run on this database: releases are not gone back behind an epoch$/,
  },
  {
    what: 'what the last checkpoint covers is not there', stage: 'ledger head', code: 78, environment: API,
    spoil: "ALTER TABLE audit.tile DISABLE TRIGGER USER; CREATE TABLE aside AS SELECT * FROM audit.tile WHERE level = 0; DELETE FROM audit.tile WHERE level = 0",
    mend: 'INSERT INTO audit.tile SELECT * FROM aside; DROP TABLE aside; ALTER TABLE audit.tile ENABLE TRIGGER USER',
    says: /^the ledger's head does not verify: tiles of the tree of size \d+ are missing/,
  },
  {
    what: 'what stands of the ledger outside cannot be read', stage: 'attestations', code: 78, environment: LEDGER,
    spoil: 'REVOKE SELECT ON audit.standing FROM quantonium_sequencer',
    mend: 'GRANT SELECT ON audit.standing TO quantonium_sequencer',
    says: /^a login of the database lacks a right: permission denied for \w+ standing; npm run migrate gives each what it needs$/,
  },
  {
    what: 'the accounts cannot be read', stage: 'first owner', code: 78, environment: API,
    spoil: 'REVOKE SELECT ON auth.user_account FROM quantonium_app',
    mend: 'GRANT SELECT ON auth.user_account TO quantonium_app',
    says: /^a login of the database lacks a right: permission denied for \w+ \w+; npm run migrate/,
  },
  {
    what: 'the permission model lets it make no thread', stage: 'workers', code: 78, environment: API, flags: ['--permission', '--allow-fs-read=*', '--allow-fs-write=*'],
    spoil: 'SELECT', mend: 'SELECT',
    says: /^the permission model of Node keeps it from what it needs \(WorkerThreads\): docker\/ has the flags that it is started with$/,
  },
  {
    what: 'the start cannot be recorded', stage: 'boot record', code: 1, environment: API,
    spoil: 'REVOKE EXECUTE ON FUNCTION audit.append(uuid, bytea) FROM quantonium_app',
    mend: 'GRANT EXECUTE ON FUNCTION audit.append(uuid, bytea) TO quantonium_app',
    says: /^The deed could not be recorded, so it was not done\. \(42501\)$/,
  },
];

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** An exit code, the stage that it ended at, and one sentence: those of its stages that ask a database. */
describe('a server on a database that is not as it should be', () => {
  let installation: ExternalInstallation;
  before(async () => {
    installation = await ExternalInstallation.open();
    chmodSync(installation.home.environment['ROOT_KEY_FILE']!, 0o400);
  });
  after(async () => {
    rmSync(RELEASE, { recursive: true, force: true });
    await installation.close();
  });

  const asSuperuser = (sql: string) => installation.look((client) => client.query(sql));
  const start = (environment: Readonly<Record<string, string>> = {}, flags: readonly string[] = []) => startServer(installation.home, { ...installation.environment, ...environment }, { flags });

  async function refused({ stage, code, says, environment, flags }: Omit<Refusal, 'what' | 'spoil' | 'mend'>): Promise<void> {
    await assert.rejects(start(environment, flags), ({ message }: Error) => {
      const told = /^exited with (\d+) [^\n]*\n[^]*Quantonium does not start, at its stage «([^»]+)»: ([^]*)\n$/.exec(message);
      assert.ok(told !== null, message);
      assert.deepEqual([told[2], Number(told[1])], [stage, code], message);
      assert.match(told[3]!, says);
      return true;
    });
  }

  for (const { what, spoil, mend, ...refusal } of REFUSALS) {
    it(`ends at its stage «${refusal.stage}» where ${what}`, async () => {
      await asSuperuser(spoil);
      try {
        await refused(refusal);
      } finally {
        await asSuperuser(mend);
      }
    });
  }

  it('ends at its stage «database» where a power cut would lose what was acknowledged', async () => {
    // Of which the one that the specs share is an example.
    const { urls, close } = await openTestDatabase();
    try {
      await refused({ stage: 'database', code: 78, environment: { ...API, DATABASE_URL: urls.app }, says: /^the server runs with fsync or full_page_writes off: a power cut would lose what was acknowledged$/ });
    } finally {
      await close();
    }
  });

  it('ends at its stage «workers» where a thread keeps the right to make others', async () => {
    const keeping = `data:text/javascript,${encodeURIComponent('process.permission.drop = () => undefined')}`;
    await refused({ stage: 'workers', code: 1, environment: API, flags: [...HELD, '--import', keeping], says: /^Error: a thread keeps the right to make workers\n/ });
  });

  it('stays at its stage «readiness» while a login cannot commit, is told so, and goes on when it can', async () => {
    const port = await freePort();
    const told = { url: `http://127.0.0.1:${port}` };
    await asSuperuser('REVOKE UPDATE ON platform.heartbeat FROM quantonium_sequencer');
    const starting = start({ ...LEDGER, PORT: String(port) });
    while ((await call(told, 'GET', '/health/startup').then(({ status }) => status, () => 0)) !== 200) await Promise.race([pause(50), starting]);
    const isJustThat = ({ status, body }: Answer<{ error: object }>): boolean => status === 503 && Object.keys(body.error).join() === 'sequencer-login';
    await eventually(() => call<{ error: object }>(told, 'GET', '/health/ready'), isJustThat);
    await asSuperuser('GRANT UPDATE ON platform.heartbeat TO quantonium_sequencer');
    const server = await starting;
    assert.equal((await call(server, 'GET', '/health/ready')).status, 200);
    const { body: startup } = await call<{ details: object }>(server, 'GET', '/health/startup');
    assert.deepEqual(Object.keys(startup.details), ['boot', 'environment', 'flags', 'signed build', 'hardening', 'configuration', 'known answers', 'database', 'rollback', 'composition', 'management port', 'seal', 'ledger head', 'attestations', 'workers', 'boot record', 'listening', 'readiness']);
    assert.equal(await server.stop(), 0, server.output());
  });

  it('ends a server whose release was changed under it, and the next one raises the alert', async () => {
    const server = await start({}, ANNOUNCED);
    writeFileSync(PAGE, 'forged');
    assert.equal(await server.exited, 78, server.output());
    const [line] = server.output().split('\n').filter((each) => each.includes('integrity.violation'));
    assert.partialDeepStrictEqual(JSON.parse(line!), { level: 'fatal', reason: 'digest-differs', file: 'page.html' });
    const next = await start();
    const token = await loginOwner(next);
    const { body } = await eventually(() => call<{ items: { title: string; severity: string }[] }>(next, 'GET', '/v1/alerts', { token }), (answer) => answer.body.items.some(({ title }) => /release/i.test(title)));
    assert.deepEqual(body.items.filter(({ title }) => /release/i.test(title)).map(({ severity }) => severity), ['critical']);
    assert.equal(await next.stop(), 0, next.output());
  });
});
