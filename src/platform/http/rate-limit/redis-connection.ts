import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RedisConfig } from '#platform/config/config.js';

const CONNECT_MILLIS_MAX = 2_000;
/** Between two attempts to connect: so soon is it noticed that Redis is back. */
const RECONNECT_MILLIS = 500;
/** Commands that wait for an answer. Beyond that a slow Redis would only be given more to do. */
const WAITING_MAX = 10_000;

/** What is wrong with the Redis that was named, and waiting mends it not: for the operator. */
export class RedisRefusal extends Error {
  override readonly name = 'RedisRefusal';
}

/** What is used of the client. */
export interface Connection {
  readonly isOpen: boolean;
  connect(): Promise<unknown>;
  sendCommand(words: string[]): Promise<unknown>;
  multi(): Transaction;
  destroy(): void;
}

/** Commands that Redis runs with nobody else's between them. */
interface Transaction {
  addCommand(words: string[]): Transaction;
  exec(): Promise<readonly unknown[]>;
}

export interface ConnectionOptions {
  readonly address: RedisConfig;
  /** Told of every failure of the connection. */
  readonly onError: (error: Error) => void;
  /** For who must know that every command goes to one and the same connection: lost, it stays so. */
  readonly isForOnce?: boolean;
}

/**
 * Not connected yet. It tries for ever by itself unless it is for once, and while there is no connection every command fails at once: nothing
 * is queued for later. It does not tell its name (`CLIENT SETINFO`), for which its login would need a right.
 */
export async function redisConnection({ address: { url, authoritiesFile }, onError, isForOnce = false }: ConnectionOptions): Promise<Connection> {
  // Loaded by who has a Redis only.
  const { createClient } = await import('@redis/client');
  const tls = new URL(url).protocol === 'rediss:' ? { tls: true as const, minVersion: 'TLSv1.3' as const, ...(authoritiesFile === null ? {} : { ca: authoritiesIn(authoritiesFile) }) } : {};
  const client = createClient({
    url,
    RESP: 2,
    disableClientInfo: true,
    disableOfflineQueue: true,
    commandsQueueMaxLength: WAITING_MAX,
    socket: { ...tls, connectTimeout: CONNECT_MILLIS_MAX, reconnectStrategy: isForOnce ? false : () => RECONNECT_MILLIS },
  });
  // Without a listener a lost connection would end the process.
  client.on('error', onError);
  return client;
}

/** Once it stands, within the patience for that; rejects, with nothing left of it, where it is not taken. */
export async function connectedRedis(options: ConnectionOptions): Promise<Connection> {
  const client = await redisConnection(options);
  // It tries for ever by itself, also with a password that is not taken.
  const patience = setTimeout(() => client.destroy(), CONNECT_MILLIS_MAX).unref();
  try {
    await client.connect();
    return client;
  } catch (error) {
    if (client.isOpen) client.destroy();
    throw error;
  } finally {
    clearTimeout(patience);
  }
}

/** OpenSSL passes over what is no certificate, and would believe nobody without a word about why. */
function authoritiesIn(file: string): string {
  const text = orRefusal(() => readFileSync(file, 'utf8'), (error) => `REDIS_CA_FILE cannot be read (${error.code})`);
  orRefusal(() => new X509Certificate(text), () => 'REDIS_CA_FILE holds no PEM certificate');
  return text;
}

function orRefusal<T>(read: () => T, explain: (error: NodeJS.ErrnoException) => string): T {
  try {
    return read();
  } catch (error) {
    throw new RedisRefusal(explain(error as NodeJS.ErrnoException), { cause: error });
  }
}
