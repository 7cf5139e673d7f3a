import type { RedisConfig } from '#platform/config/config.js';
import { type Connection, connectedRedis } from './redis-connection.js';
import { KEY_PREFIX } from './redis-counters.js';

const OURS = `${KEY_PREFIX}probe`;
const FOREIGN = 'quantonium-no-such:key';

/** What counting takes. */
const NEEDED: readonly (readonly string[])[] = [
  ['TIME'],
  ['HGETALL', OURS],
  ['HINCRBY', OURS, '0', '1'],
  ['HDEL', OURS, '0'],
  ['PEXPIRE', OURS, '1000'],
];

/**
 * What would let somebody who got hold of the login end the server, read or change what is in it, run programs there or make
 * it speak to others: each as an attacker would send it, since none of them is run. SAVE, SYNC and PSYNC are missing:
 * they may stand in no transaction, and there is no way to ask for them that does nothing. Who was given them with all of
 * their kind shows that by BGSAVE and REPLCONF.
 */
export const FORBIDDEN: readonly (readonly string[])[] = [
  // @dangerous and @admin: the data as a whole, the configuration, the server, its replicas and its other users.
  ['FLUSHALL'],
  ['FLUSHDB'],
  ['SWAPDB', '0', '1'],
  ['KEYS', '*'],
  ['SORT', OURS],
  ['MIGRATE', '192.0.2.1', '6379', OURS, '0', '1000'],
  ['RESTORE', OURS, '0', ''],
  ['INFO'],
  ['ROLE'],
  ['CONFIG', 'GET', '*'],
  ['CONFIG', 'SET', 'dir', '/'],
  ['CONFIG', 'REWRITE'],
  ['CONFIG', 'RESETSTAT'],
  ['DEBUG', 'SLEEP', '0'],
  ['BGSAVE'],
  ['BGREWRITEAOF'],
  ['REPLICAOF', '192.0.2.1', '6379'],
  ['REPLCONF', 'listening-port', '6379'],
  ['SLAVEOF', '192.0.2.1', '6379'],
  ['FAILOVER', 'ABORT'],
  ['MONITOR'],
  ['ACL', 'LIST'],
  ['ACL', 'SETUSER', 'nobody'],
  ['ACL', 'DELUSER', 'nobody'],
  ['ACL', 'LOAD'],
  ['ACL', 'SAVE'],
  ['CLIENT', 'LIST'],
  ['CLIENT', 'KILL', 'ID', '0'],
  ['CLIENT', 'PAUSE', '0'],
  ['SLOWLOG', 'GET'],
  ['LATENCY', 'RESET'],
  ['MODULE', 'LIST'],
  ['MODULE', 'LOAD', '/nowhere'],
  ['CLUSTER', 'RESET'],
  // @scripting.
  ['EVAL', 'return 1', '0'],
  ['EVALSHA', '0'.repeat(40), '0'],
  ['EVAL_RO', 'return 1', '0'],
  ['FCALL', 'nothing', '0'],
  ['FUNCTION', 'LIST'],
  ['FUNCTION', 'LOAD', '#!lua name=nothing'],
  ['FUNCTION', 'FLUSH'],
  ['SCRIPT', 'LOAD', 'return 1'],
  ['SCRIPT', 'FLUSH'],
  // What others keep there.
  ['SCAN', '0'],
  ['RANDOMKEY'],
  ['GET', FOREIGN],
  ['HGETALL', FOREIGN],
  ['HINCRBY', FOREIGN, '0', '1'],
  ['HDEL', FOREIGN, '0'],
  ['PEXPIRE', FOREIGN, '1000'],
  ['SET', FOREIGN, ''],
  ['DEL', FOREIGN],
  ['PUBLISH', FOREIGN, ''],
  ['SUBSCRIBE', FOREIGN],
  ['PSUBSCRIBE', '*'],
];

/**
 * May stand in no transaction, where Redis says so before it looks at rights. With a word that it does not know it is
 * refused by its syntax, if not by the rights.
 */
const FORBIDDEN_ALONE: readonly (readonly string[])[] = [['SHUTDOWN', 'QUANTONIUM-PROBE']];

/** How long Redis may take for all answers together. */
const ANSWERS_MILLIS_MAX = 2_000;

export interface RedisRights {
  /** What the login may do and must not. */
  readonly excessive: readonly string[];
  /** What it needs and may not. */
  readonly missing: readonly string[];
}

/**
 * What the login of this address may do, asked as itself and without doing any of it: rights are checked when a
 * command is put into a transaction, and this one is thrown away.
 */
export async function rightsOf(address: RedisConfig): Promise<RedisRights> {
  // For once: what followed on another connection would stand in no transaction there.
  const connection = await connectedRedis({ address, onError: () => undefined, isForOnce: true });
  const patience = setTimeout(() => connection.isOpen && connection.destroy(), ANSWERS_MILLIS_MAX).unref();
  try {
    const missing = await transactionsMissing(connection);
    if (missing.length > 0) return { excessive: [], missing };
    const alone = await mayEach(connection, FORBIDDEN_ALONE);
    await connection.sendCommand(['MULTI']);
    // Nothing is sent that would do harm before this is seen: whatever lies between here and Redis keeps it to one transaction.
    if ((await connection.sendCommand(['PING'])) !== 'QUEUED') throw new Error('Redis begins no transaction');
    // Spoilt by a command that there is not, it can never be executed, whoever asks for that.
    await mayEach(connection, [['QUANTONIUM-PROBE']]);
    const [needed, forbidden] = await Promise.all([mayEach(connection, NEEDED), mayEach(connection, FORBIDDEN)]);
    await connection.sendCommand(['DISCARD']);
    return { excessive: namesWhere([...FORBIDDEN, ...FORBIDDEN_ALONE], [...forbidden, ...alone], true), missing: namesWhere(NEEDED, needed, false) };
  } finally {
    clearTimeout(patience);
    // A transaction that was not closed goes with its connection.
    if (connection.isOpen) connection.destroy();
  }
}

/** Outside of a transaction both that end one are errors, other ones than of rights. */
async function transactionsMissing(connection: Connection): Promise<string[]> {
  const ends = [['EXEC'], ['DISCARD'], ['PING']];
  const missing = namesWhere(ends, await mayEach(connection, ends), false);
  if (missing.length > 0) return missing;
  const begins = await mayEach(connection, [['MULTI']]);
  if (begins[0] === true) await connection.sendCommand(['DISCARD']);
  return namesWhere([['MULTI']], begins, false);
}

function mayEach(connection: Connection, commands: readonly (readonly string[])[]): Promise<boolean[]> {
  return Promise.all(commands.map((words) => connection.sendCommand([...words]).then(() => true, isGranted)));
}

/**
 * A refusal for another reason than the rights shows that they are there. Denied besides: what this Redis does not know, and
 * what its configuration lets nobody do (`enable-debug-command`, `enable-module-command`). What is no answer of Redis is no finding.
 */
function isGranted(error: unknown): boolean {
  return !/^(EXECABORT [^:]*: )?NOPERM |^ERR unknown (command|subcommand)|^ERR [A-Z]+ command not allowed\. /i.test(replyIn(error));
}

/** What Redis said; what it did not say is thrown on. */
function replyIn(error: unknown): string {
  if (!(error instanceof Error) || !/^[A-Z]+ /.test(error.message)) throw error;
  return error.message;
}

/** With the subcommand where rights are given by it; what is about a key or channel of others says so. */
function namesWhere(commands: readonly (readonly string[])[], granted: readonly boolean[], wanted: boolean): string[] {
  return commands.filter((_, index) => granted[index] === wanted).map(nameOf);
}

const CONTAINERS: ReadonlySet<string> = new Set(['CONFIG', 'ACL', 'CLIENT', 'SLOWLOG', 'LATENCY', 'MODULE', 'CLUSTER', 'FUNCTION', 'SCRIPT', 'DEBUG', 'FAILOVER']);

function nameOf([command = '', ...rest]: readonly string[]): string {
  if (CONTAINERS.has(command)) return `${command} ${rest[0]}`;
  return rest[0] === FOREIGN ? `${command} beyond ${KEY_PREFIX}*` : command;
}

/** Whether Redis takes commands of who has no login. What `requirepass` or a default user that is off answers is NOAUTH. */
export async function takesStrangers({ url, authoritiesFile }: RedisConfig): Promise<boolean> {
  const nobody = new URL(url);
  [nobody.username, nobody.password, nobody.pathname] = ['', '', ''];
  const connection = await connectedRedis({ address: { url: nobody.href, authoritiesFile }, onError: () => undefined, isForOnce: true });
  const patience = setTimeout(() => connection.isOpen && connection.destroy(), ANSWERS_MILLIS_MAX).unref();
  try {
    return await connection.sendCommand(['PING']).then(() => true, (error: unknown) => !/^(NOAUTH|DENIED) /.test(replyIn(error)));
  } finally {
    clearTimeout(patience);
    if (connection.isOpen) connection.destroy();
  }
}
