import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { after, before, describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import type { RedisConfig } from '#platform/config/config.js';
import { admitRedis, proveRedis } from '#platform/http/rate-limit/admit-redis.js';
import { type Connection, connectedRedis, RedisRefusal } from '#platform/http/rate-limit/redis-connection.js';
import { FORBIDDEN, rightsOf } from '#platform/http/rate-limit/redis-rights.js';
import { call } from '../harness/api.js';
import { selfSigned } from '../harness/certificate.js';
import { installedHome } from '../harness/installed-home.js';
import { REDIS_PASSWORD, SHIPPED_USERS, TestRedis } from '../harness/redis.js';
import { PRODUCTION, startServer, type TestHome } from '../harness/server.js';
import { until } from '../harness/simulation.js';
import { needProgram } from './install.js';

const SEED = Number(process.argv.find((argument) => argument.startsWith('--seed='))?.slice(7) ?? 20_261_123);
/** What the shipped login may, and besides it. */
const userWith = (name: string, ...rights: readonly string[]): string => `${SHIPPED_USERS.split('\n')[1]!.replace('user quantonium', `user ${name}`).replace(/#\S+/, `>${REDIS_PASSWORD}`)} ${rights.join(' ')}`.trim();

/** Debian's redis-server with the files of docker/redis. */
describe('the Redis that is shipped', () => {
  let redis: TestRedis;
  let operator: Connection;
  before(async () => {
    needProgram('redis-server');
    redis = await TestRedis.startAsShipped([userWith('flusher', '+flushall'), userWith('scripter', '+eval'), userWith('lame', '-hincrby', '-exec')]);
    operator = await connectedRedis({ address: redis.address('operator'), onError: () => undefined });
  });
  after(async () => {
    operator.destroy();
    await redis.dispose();
  });

  const as = async <T>(login: string, use: (connection: Connection) => Promise<T>): Promise<T> => {
    const connection = await connectedRedis({ address: redis.address(login), onError: () => undefined, isForOnce: true });
    try {
      return await use(connection);
    } finally {
      if (connection.isOpen) connection.destroy();
    }
  };
  const refusal = (why: RegExp) => (error: unknown) => {
    assert.ok(error instanceof RedisRefusal, String(error));
    assert.match(error.message, why);
    assert.doesNotMatch(error.message, new RegExp(REDIS_PASSWORD));
    return true;
  };

  it('has a login that may count and nothing else', async () => {
    assert.deepEqual(await rightsOf(redis.address()), { excessive: [], missing: [] });
    await admitRedis(redis.address());
  });

  it('denies its login every command that endangers it, the keys of others and their channels, and what it has no use for', async () => {
    await operator.sendCommand(['SET', 'theirs', 'kept']);
    const others = [['GET', 'theirs'], ['HGETALL', 'theirs'], ['DEL', 'theirs'], ['HINCRBY', 'theirs', 'x', '1'], ['PEXPIRE', 'theirs', '1'], ['PUBLISH', 'theirs', 'x'], ['SUBSCRIBE', 'theirs'], ['GET', 'quantonium:limit:x'], ['CLIENT', 'INFO'], ['COMMAND'], ['SELECT', '0']];
    await as('quantonium', async (connection) => {
      for (const words of [...FORBIDDEN, ...others]) await assert.rejects(connection.sendCommand([...words]), /^(SimpleError|Error): NOPERM |^\w+: ERR (DEBUG|MODULE) command not allowed/, words.join(' '));
    });
    assert.equal(await operator.sendCommand(['GET', 'theirs']), 'kept');
  });

  it('takes nobody in clear, by TLS 1.2 or without a login', async () => {
    const answerTo = (socket: ReturnType<typeof connectPlain>): Promise<string> =>
      new Promise((resolve) => {
        let text = '';
        socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1'))).on('error', (error: NodeJS.ErrnoException) => (text ||= error.code ?? '')).on('close', () => resolve(text));
      });
    const plain = connectPlain(redis.port, '127.0.0.1', () => plain.write('PING\r\n'));
    assert.doesNotMatch(await answerTo(plain), /PONG|NOAUTH/);
    const trust = { host: 'localhost', port: redis.port, rejectUnauthorized: false };
    assert.match(await answerTo(connectTls({ ...trust, maxVersion: 'TLSv1.2' })), /^ERR_SSL_/);
    let protocol: string | null = null;
    const modern = connectTls(trust, () => {
      protocol = modern.getProtocol();
      modern.end('PING\r\nAUTH default x\r\n');
    });
    assert.match(await answerTo(modern), /^-NOAUTH [^\n]*\n-WRONGPASS /);
    assert.equal(protocol, 'TLSv1.3');
  });

  it('lets nobody write its files elsewhere, debug it or load code into it', async () => {
    for (const words of [['CONFIG', 'SET', 'dir', '/'], ['CONFIG', 'SET', 'dbfilename', 'x'], ['CONFIG', 'SET', 'enable-protected-configs', 'yes'], ['DEBUG', 'SLEEP', '0'], ['MODULE', 'LOAD', '/nowhere']]) {
      await assert.rejects(operator.sendCommand(words), /ERR (CONFIG SET failed|DEBUG command not allowed|MODULE command not allowed)/, words.join(' '));
    }
    assert.deepEqual(await operator.sendCommand(['CONFIG', 'GET', 'save']), ['save', '']);
  });

  it('does not start while nobody has filled in a password', () => {
    const file = join(redis.authoritiesFile!, '..', 'unfilled.acl');
    writeFileSync(file, SHIPPED_USERS);
    const { status, stdout } = spawnSync('redis-server', ['--port', '0', '--unixsocket', `${file}.socket`, '--save', '', '--aclfile', file], { encoding: 'utf8', timeout: 10_000 });
    assert.equal(status, 1);
    assert.match(stdout, /Aborting Redis startup because of ACL errors/);
  });

  describe('is asked at a start what its login may do, and', () => {
    it('shows every command that is there, and does none of them', async () => {
      await operator.sendCommand(['SET', 'theirs', 'kept']);
      const stateOf = async (): Promise<unknown[]> => [await operator.sendCommand(['ACL', 'LIST']), await operator.sendCommand(['DBSIZE']), await operator.sendCommand(['CONFIG', 'GET', '*']), await operator.sendCommand(['GET', 'theirs'])];
      const before = await stateOf();
      const { excessive, missing } = await rightsOf(redis.address('operator'));
      assert.deepEqual(await stateOf(), before);
      assert.deepEqual(missing, []);
      // But for what the configuration lets nobody do.
      const shielded = FORBIDDEN.filter((words) => /^(DEBUG|MODULE LOAD) /.test(words.join(' ')));
      assert.equal(excessive.length, FORBIDDEN.length + 1 - shielded.length, `not seen: ${FORBIDDEN.map((words) => words.join(' ')).filter((words) => !excessive.some((name) => words.startsWith(name.split(' beyond')[0]!))).join(', ')}`);
      assert.ok(['FLUSHALL', 'EVAL', 'KEYS', 'CONFIG SET', 'SHUTDOWN', 'ACL SETUSER', 'REPLICAOF', 'GET beyond quantonium:limit:*'].every((name) => excessive.includes(name)));
    });

    it('shows just those that were given, whichever they are', async (t: TestContext) => {
      t.diagnostic(`seed ${SEED}`);
      // That are denied by nothing but their name: keys and channels are others', and DEBUG is shielded.
      const names = FORBIDDEN.map(([command]) => command!);
      const named = FORBIDDEN.filter(([command, ...rest]) => names.indexOf(command!) === names.lastIndexOf(command!) && !rest.some((word) => word.startsWith('quantonium-')) && !/^(P?SUBSCRIBE|DEBUG)$/.test(command!)).map(([command]) => command!);
      await fc.assert(
        fc.asyncProperty(fc.subarray([...named, 'SHUTDOWN']), async (given) => {
          await operator.sendCommand(['ACL', 'SETUSER', 'given', 'reset', ...userWith('given').split(' ').slice(2), ...given.map((command) => `+${command.toLowerCase()}`)]);
          const seen = (await rightsOf(redis.address('given'))).excessive.map((name) => name.split(' ')[0]);
          assert.deepEqual(seen.sort(), [...given].sort());
        }),
        { seed: SEED, numRuns: 15 },
      );
    });

    it('is refused with a login that could empty it, run scripts, or not count', async () => {
      await assert.rejects(admitRedis(redis.address('flusher')), refusal(/may do what counting never needs: FLUSHALL\. /));
      await assert.rejects(admitRedis(redis.address('scripter')), refusal(/may do what counting never needs: EVAL\. /));
      await assert.rejects(admitRedis(redis.address('lame')), refusal(/may not do what counting needs: EXEC\. /));
      await operator.sendCommand(['ACL', 'SETUSER', 'lame', '+exec']);
      await assert.rejects(admitRedis(redis.address('lame')), refusal(/may not do what counting needs: HINCRBY\. /));
    });

    it('is refused while it takes who has no login', async () => {
      await operator.sendCommand(['ACL', 'SETUSER', 'default', 'on', 'nopass', '+ping']);
      try {
        await assert.rejects(admitRedis(redis.address()), refusal(/takes commands of who does not log in/));
        // Also where they may do nothing: somebody may give them more at any time.
        await operator.sendCommand(['ACL', 'SETUSER', 'default', '-ping']);
        await assert.rejects(admitRedis(redis.address()), refusal(/takes commands of who does not log in/));
      } finally {
        await operator.sendCommand(['ACL', 'SETUSER', 'default', 'reset']);
      }
      await admitRedis(redis.address());
    });

    it('is refused with a password that it does not take, and the password is not told', async () => {
      await assert.rejects(admitRedis(redis.address('quantonium', 'hunter2')), refusal(/^Redis does not take the login of REDIS_URL \(WRONGPASS\)$/));
    });

    it('is refused with a certificate of another authority or for another host, and where it speaks an older TLS', async () => {
      const { url, authoritiesFile } = redis.address();
      const file = (name: string, text: string): string => {
        const path = join(authoritiesFile!, '..', name);
        writeFileSync(path, text);
        return path;
      };
      const other = { url, authoritiesFile: file('other.crt', selfSigned('another authority').cert) };
      const cases: readonly (readonly [RedisConfig, RegExp])[] = [
        [other, /^the certificate of Redis does not hold \((UNABLE_TO_|SELF_SIGNED_)\w+\): REDIS_CA_FILE names/],
        [{ url, authoritiesFile: null }, /^the certificate of Redis does not hold \(/],
        [{ url: url.replace('localhost', '127.0.0.1'), authoritiesFile }, /^the certificate of Redis does not hold \(ERR_TLS_CERT_ALTNAME_INVALID\)/],
        [{ url, authoritiesFile: join(authoritiesFile!, '..', 'none') }, /^REDIS_CA_FILE cannot be read \(ENOENT\)$/],
        [{ url, authoritiesFile: file('no.crt', 'nothing') }, /^REDIS_CA_FILE holds no PEM certificate$/],
      ];
      for (const [address, why] of cases) await assert.rejects(admitRedis(address), refusal(why));
      const older = await TestRedis.startAsShipped([], ['--tls-protocols', 'TLSv1.2']);
      try {
        await assert.rejects(admitRedis(older.address()), refusal(/^no TLS 1\.3 is spoken at the address of REDIS_URL \(ERR_SSL_/));
      } finally {
        await older.dispose();
      }
    });

    it('is told of outside production, and one that is away anywhere', async (t: TestContext) => {
      const told: string[] = [];
      const warn = (reason: string): void => void told.push(reason);
      assert.equal(await proveRedis(redis.address(), true, warn), 'proven');
      assert.deepEqual(told, []);
      assert.equal(await proveRedis(redis.address('flusher'), false, warn), 'refused');
      await assert.rejects(proveRedis(redis.address('flusher'), true, warn), refusal(/FLUSHALL/));
      const nobody = { url: 'redis://a:hunter2@127.0.0.1:1', authoritiesFile: null };
      const inClear = { url: redis.url.replace('rediss:', 'redis:'), authoritiesFile: null };
      for (const address of [nobody, inClear]) assert.equal(await proveRedis(address, true, warn), 'unreachable');
      t.diagnostic(told.at(-1)!);
      assert.match(told.join('\n'), /^the login .*FLUSHALL.*production does not start so\nit does not answer \(ECONNREFUSED\).*\nit does not answer \(\w+\)[^\n]*$/);
      assert.doesNotMatch(told.join(), /hunter2|only-for-tests/);
    });
  });

  describe('a server of production', () => {
    let home: TestHome;
    before(async () => {
      home = await installedHome({ ...PRODUCTION, REDIS_CA_FILE: redis.authoritiesFile! });
    });
    after(() => home.dispose());

    it('does not start with a login that may do more, naming what', async () => {
      await assert.rejects(startServer(home, { REDIS_URL: redis.address('flusher').url }), (error: Error) => {
        assert.match(error.message, /exited with 78 [^\n]*\n[\s\S]*Quantonium does not start, at its stage «redis»: the login of REDIS_URL may do what counting never needs: FLUSHALL\. [^\n]*\n$/);
        assert.doesNotMatch(error.message, new RegExp(REDIS_PASSWORD));
        return true;
      });
    });

    it('starts while its Redis is away, counts by none whose login may do more, and by it with the one that is shipped', async () => {
      const file = join(home.directory, 'redis-url');
      writeFileSync(file, redis.address('flusher').url, { mode: 0o600 });
      await redis.kill();
      const server = await startServer(home, { REDIS_URL_FILE: file });
      try {
        assert.match(server.output(), /it does not answer \(ECONNREFUSED\): this process counts for itself until it does/);
        await call(server, 'GET', '/nothing');
        await redis.restart();
        await until(() => /FLUSHALL.*nothing is counted by this Redis/.test(server.output()));
        assert.doesNotMatch(server.output(), /answer again/);
        writeFileSync(file, redis.url);
        process.kill(server.pid, 'SIGHUP');
        await until(() => /the shared counters answer again/.test(server.output()));
        const keys = await as('operator', (connection) => connection.sendCommand(['DBSIZE']));
        assert.equal((await call(server, 'GET', '/nothing')).status, 404);
        assert.equal(await as('operator', (connection) => connection.sendCommand(['DBSIZE'])), Number(keys) + 1);
        assert.doesNotMatch(server.output(), new RegExp(REDIS_PASSWORD));
      } finally {
        assert.equal(await server.stop(), 0);
      }
    });
  });
});
