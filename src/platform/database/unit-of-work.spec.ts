import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { type Socket, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type TestDatabase, openTestDatabase } from '../../../test/harness/postgres.js';
import { databaseCode } from './database-faults.js';
import { poolSource } from './data-sources.js';
import { type Reading, type Statement, type Tx, UnitOfWork, WorkerUnitOfWork, entityManagerOf, leaveToCommit, onCommit, rowsOf } from './unit-of-work.js';
import { VersionCounters } from './version-counters.js';

const principal = systemPrincipal('spec');

const isUnavailable = (error: unknown): boolean => error instanceof Fault && error.kind === REQUEST_FAULTS.unavailable && error.context.headers?.['Retry-After'] !== undefined;

/** A statement that fails with the given SQLSTATE. */
const failing = (code: string): string => `DO $$ BEGIN RAISE EXCEPTION 'as if' USING ERRCODE = '${code}'; END $$`;
const fail = (tx: Tx, code: string): Promise<unknown> => entityManagerOf(tx).query(failing(code));

/** The same, sent before it returns. */
const failLater = (tx: Tx, code: string): Promise<unknown> => rowsOf(tx, { name: `fail-${code}`, text: failing(code) });

const BUMP: Statement = { name: 'spec.bump', text: "UPDATE platform.version_counter SET version = version + 1 WHERE name = 'policy'" };

/** A network between us and Postgres that can swallow everything without closing a connection. */
class SilentProxy {
  isSilent = false;
  private constructor(
    readonly url: string,
    readonly close: () => void,
  ) {}

  static async before(target: string): Promise<SilentProxy> {
    const directory = mkdtempSync(join(tmpdir(), 'quantonium-proxy-'));
    const url = new URL(target);
    const upstream = join(url.searchParams.get('host')!, '.s.PGSQL.5432');
    url.searchParams.set('host', directory);
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const postgres = connect(upstream);
      for (const [from, to] of [[client, postgres], [postgres, client]] as const) {
        sockets.add(from);
        from.on('data', (chunk) => void (proxy.isSilent || to.write(chunk)));
        from.on('error', () => undefined);
        from.on('close', () => to.destroy());
      }
    });
    const proxy = new SilentProxy(url.href, () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      rmSync(directory, { recursive: true, force: true });
    });
    await new Promise<void>((resolve) => server.listen(join(directory, '.s.PGSQL.5432'), resolve));
    return proxy;
  }
}

describe('a unit of work', () => {
  let database: TestDatabase;
  const version = async (): Promise<number> => Number((await database.query<{ version: string }>("SELECT version FROM platform.version_counter WHERE name = 'policy'"))[0]!.version);
  const bump = (tx: Tx): Promise<number> => new VersionCounters().bump(tx, 'policy');
  before(async () => {
    database = await openTestDatabase();
  });
  after(() => database.close());

  it('keeps what was done when the work succeeds', async () => {
    assert.equal(await database.app.run(principal, bump), await version());
  });

  it('leaves nothing when the work throws, and hands on what it threw', async () => {
    const before = await version();
    const thrown = new Error('changed my mind');
    await assert.rejects(database.app.run(principal, async (tx) => {
      await bump(tx);
      throw thrown;
    }), (error) => error === thrown);
    assert.equal(await version(), before);
  });

  it('runs effects after the commit, in order, and none when there is none', async () => {
    const seen: string[] = [];
    await database.app.run(principal, async (tx) => {
      onCommit(tx, () => seen.push('first'));
      onCommit(tx, () => seen.push('second'));
      await bump(tx);
      assert.deepEqual(seen, []);
    });
    await assert.rejects(database.app.run(principal, async (tx) => {
      onCommit(tx, () => seen.push('never'));
      throw new Error('no');
    }));
    assert.deepEqual(seen, ['first', 'second']);
  });

  it('refuses to acknowledge a work that went on after an error of the database', async () => {
    const before = await version();
    const seen: string[] = [];
    await assert.rejects(
      database.app.run(principal, async (tx) => {
        onCommit(tx, () => seen.push('never'));
        await bump(tx);
        await fail(tx, '22012').catch(() => undefined);
        return 'done, I believe';
      }),
      /had failed before its COMMIT/,
    );
    assert.equal(await version(), before);
    assert.deepEqual(seen, []);
  });

  it('commits behind a statement whose answer the work does not wait for', async () => {
    const before = await version();
    await database.app.run(principal, async (tx) => leaveToCommit(tx, rowsOf(tx, BUMP)));
    assert.equal(await version(), before + 1);
  });

  const endings: Readonly<Record<string, (tx: Tx) => Promise<unknown>>> = {
    'and the work is done': () => Promise.resolve('done'),
    'and the work throws what it likes before it is answered': () => Promise.reject(new Error('of its own')),
    'and the work goes on with statements that now fail': (tx) => bump(tx),
    'and the work swallows what failed after it': (tx) => bump(tx).catch(() => undefined),
    'and another that was left fails after it': (tx) => Promise.resolve(leaveToCommit(tx, failLater(tx, '22023'))),
  };
  for (const [ending, goOn] of Object.entries(endings)) {
    it(`fails as the statement does that it left to its commit, ${ending}`, async () => {
      const before = await version();
      const seen: string[] = [];
      const run = database.app.run(principal, async (tx) => {
        onCommit(tx, () => seen.push('never'));
        await bump(tx);
        leaveToCommit(tx, failLater(tx, '22012'));
        return goOn(tx);
      });
      await assert.rejects(run, (error) => databaseCode(error) === '22012');
      assert.equal(await version(), before);
      assert.deepEqual(seen, []);
    });
  }

  it('does the whole work again when a statement that it left lost a race', async () => {
    const before = await version();
    let attempts = 0;
    await database.app.run(principal, async (tx) => {
      attempts += 1;
      await bump(tx);
      if (attempts === 1) leaveToCommit(tx, failLater(tx, '40001'));
    });
    assert.deepEqual([attempts, await version()], [2, before + 1]);
  });

  it('writes nothing outside of its transaction: unless its BEGIN was obeyed, the session refuses', async () => {
    const source = await poolSource({ url: database.urls.app, applicationName: 'outside', connectionsMax: 1, statementTimeoutMillis: 5_000, onError: () => undefined }).initialize();
    try {
      const write = "UPDATE platform.version_counter SET version = version + 1 WHERE name = 'policy'";
      await assert.rejects(source.query(write), (error) => databaseCode(error) === '25006');
      await new UnitOfWork(source).run(principal, (tx) => entityManagerOf(tx).query(write));
      await assert.rejects(source.query(write), (error) => databaseCode(error) === '25006', 'also on a connection that wrote before');
    } finally {
      await source.destroy();
    }
  });

  it('refuses a transaction that has ended', async () => {
    const leaked = await database.app.run(principal, (tx) => Promise.resolve(tx));
    assert.throws(() => entityManagerOf(leaked), /has ended/);
  });

  it('refuses to run in a process that was not given the role', async () => {
    await assert.rejects(new WorkerUnitOfWork(null).run(principal, () => Promise.resolve()), /QUANTONIUM_ROLES/);
  });

  for (const code of ['40001', '40P01']) {
    it(`does the whole work again after ${code}, and the effects once`, async () => {
      const before = await version();
      let attempts = 0;
      let effects = 0;
      await database.app.run(principal, async (tx) => {
        attempts += 1;
        onCommit(tx, () => (effects += 1));
        await bump(tx);
        if (attempts < 3) await fail(tx, code);
      });
      assert.deepEqual({ attempts, effects, grown: (await version()) - before }, { attempts: 3, effects: 1, grown: 1 });
    });
  }

  it('gives up a work that loses every time, as unavailable', async () => {
    let attempts = 0;
    await assert.rejects(database.app.run(principal, async (tx) => {
      attempts += 1;
      await fail(tx, '40001');
    }), isUnavailable);
    assert.equal(attempts, 4);
  });

  it('untangles two works that lock each other out', async () => {
    const counters = new VersionCounters();
    let meeting = 0;
    const both = Promise.withResolvers<void>();
    const crossing = (first: 'policy' | 'keyring', second: 'policy' | 'keyring') =>
      database.app.run(principal, async (tx) => {
        await counters.bump(tx, first);
        meeting += 1;
        if (meeting === 2) both.resolve();
        // The repetition finds the meeting over and does not wait.
        await both.promise;
        await counters.bump(tx, second);
      });
    await Promise.all([crossing('policy', 'keyring'), crossing('keyring', 'policy')]);
    assert.ok(meeting >= 3, 'one of them was repeated');
  });

  for (const [code, why] of [['53100', 'disk full'], ['53300', 'too many connections'], ['57014', 'statement timeout'], ['55P03', 'lock timeout'], ['58030', 'I/O error'], ['25006', 'read-only standby']] as const) {
    it(`answers ${why} (${code}) as unavailable, once`, async () => {
      let attempts = 0;
      await assert.rejects(database.app.run(principal, async (tx) => {
        attempts += 1;
        await fail(tx, code);
      }), isUnavailable);
      assert.equal(attempts, 1);
    });
  }

  it('does not call a defect of ours unavailable', async () => {
    await assert.rejects(database.app.run(principal, (tx) => entityManagerOf(tx).query('SELECT nothing FROM nowhere')), (error) => !(error instanceof Fault));
  });

  it('answers a connection that was cut under the work as unavailable, and works again at once', async () => {
    await assert.rejects(
      database.app.run(principal, async (tx) => {
        const [row] = await entityManagerOf(tx).query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
        await database.query('SELECT pg_terminate_backend($1)', [row!.pid]);
        await bump(tx);
      }),
      isUnavailable,
    );
    await Promise.all(Array.from({ length: 20 }, () => database.app.run(principal, bump)));
  });

  it('answers a statement that takes too long, and a work that falls silent, as unavailable', async () => {
    const source = await poolSource({ url: database.urls.app, applicationName: 'short', connectionsMax: 1, statementTimeoutMillis: 150, onError: () => undefined }).initialize();
    try {
      const impatient = new UnitOfWork(source);
      await assert.rejects(impatient.run(principal, (tx) => entityManagerOf(tx).query('SELECT pg_sleep(5)')), isUnavailable);
      await assert.rejects(
        impatient.run(principal, async (tx) => {
          await entityManagerOf(tx).query("SET LOCAL idle_in_transaction_session_timeout = '50ms'");
          await new Promise((resolve) => setTimeout(resolve, 250));
          await bump(tx);
        }),
        isUnavailable,
      );
      assert.ok((await impatient.run(principal, bump)) > 0);
    } finally {
      await source.destroy();
    }
  });

  it('answers a server that cannot be reached as unavailable', async () => {
    const source = poolSource({ url: database.urls.app, applicationName: 'gone', connectionsMax: 1, statementTimeoutMillis: 1000, onError: () => undefined });
    await source.initialize();
    await source.destroy();
    await assert.rejects(new UnitOfWork(source).run(principal, bump), isUnavailable);
  });

  it('does not wait for a server that has fallen silent, and works once it speaks again', async () => {
    const proxy = await SilentProxy.before(database.urls.app);
    const source = await poolSource({ url: proxy.url, applicationName: 'silent', connectionsMax: 2, statementTimeoutMillis: 200, onError: () => undefined }).initialize();
    try {
      const unit = new UnitOfWork(source);
      await unit.run(principal, bump);
      proxy.isSilent = true;
      const started = performance.now();
      await assert.rejects(unit.run(principal, bump), isUnavailable);
      await assert.rejects(unit.run(principal, bump), isUnavailable);
      assert.ok(performance.now() - started < 10_000, 'bounded by the client, since no server answers');
      proxy.isSilent = false;
      assert.ok((await unit.run(principal, bump)) > 0);
    } finally {
      await source.destroy();
      proxy.close();
    }
  });

  it('searches no schema: a name without one finds nothing that somebody put into public', async () => {
    await database.query('CREATE TABLE public.version_counter (version bigint); GRANT SELECT ON public.version_counter TO PUBLIC');
    await assert.rejects(database.app.run(principal, (tx) => entityManagerOf(tx).query('SELECT * FROM version_counter')), /does not exist/);
  });

  it('sees other transactions as they commit, whatever the login was set to', async () => {
    const [row] = await database.app.run(principal, (tx) => entityManagerOf(tx).query<{ level: string }[]>("SELECT current_setting('transaction_isolation') AS level"));
    assert.equal(row!.level, 'read committed');
  });
});

describe('a reading', () => {
  let database: TestDatabase;
  const VERSION: Statement = { name: 'spec.version', text: "SELECT version FROM platform.version_counter WHERE name = 'policy'" };
  const version = async (reading: Reading): Promise<number> => Number((await rowsOf<{ version: string }>(reading, VERSION))[0]!.version);
  before(async () => {
    database = await openTestDatabase();
  });
  after(() => database.close());

  it('sees at each statement what was committed before it, as a transaction does', async () => {
    await database.app.read(principal, async (reading) => {
      const seen = await version(reading);
      const bumped = await database.app.run(principal, (tx) => new VersionCounters().bump(tx, 'policy'));
      assert.deepEqual([bumped, await version(reading)], [seen + 1, seen + 1]);
    });
    await database.app.run(principal, async (tx) => assert.equal(await version(tx), await database.app.read(principal, version)));
  });

  it('refuses every write, which is a defect and not an unavailable database', async () => {
    const write: Statement = { name: 'spec.write', text: "UPDATE platform.version_counter SET version = version + 1 WHERE name = 'policy'" };
    await assert.rejects(database.app.read(principal, (reading) => rowsOf(reading, write)), (error) => !(error instanceof Fault) && /read-only/.test(String(error)));
    await assert.rejects(database.app.read(principal, async (reading) => onCommit(reading as Tx, () => undefined)), /ended|made by/);
    await assert.rejects(database.app.read(principal, async (reading) => entityManagerOf(reading as Tx)), /ended|made by/);
  });

  it('refuses statements once it has ended', async () => {
    const kept = await database.app.read(principal, async (reading) => reading);
    await assert.rejects(version(kept), /has ended/);
  });

  it('answers connections that were cut as unavailable, and reads again', async () => {
    const sleep: Statement = { name: 'spec.sleep', text: 'SELECT pg_sleep(20)' };
    const cut = database.app.read(principal, (reading) => rowsOf(reading, sleep));
    const ended = assert.rejects(cut, isUnavailable);
    for (let found = 0; found === 0; ) {
      found = (await database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep(20)%'")).length;
    }
    await ended;
    assert.ok((await database.app.read(principal, version)) > 0);
  });

  it('is refused in a process without the role', async () => {
    await assert.rejects(new WorkerUnitOfWork(null).read(principal, version), /QUANTONIUM_ROLES/);
  });
});

describe('version counters', () => {
  let database: TestDatabase;
  before(async () => {
    database = await openTestDatabase();
  });
  after(() => database.close());

  it('count every bump of concurrent writers, each number once', async () => {
    const counters = new VersionCounters();
    const versions = await Promise.all(Array.from({ length: 25 }, () => database.app.run(principal, (tx) => counters.bump(tx, 'keyring'))));
    assert.deepEqual(versions.sort((a, b) => a - b), Array.from({ length: 25 }, (_, index) => index + 2));
    assert.equal(await database.app.run(principal, (tx) => counters.current(tx, 'keyring')), 26);
  });

  it('refuse the worker, who changes neither policy nor keys', async () => {
    await assert.rejects(database.worker.run(principal, (tx) => new VersionCounters().bump(tx, 'policy')), /permission denied/);
  });
});
