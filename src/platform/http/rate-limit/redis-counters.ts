import type { Count, CounterStore } from './limit-storage.js';
import { GIVE_BACK, type RedisScript, TAKE } from './redis-scripts.js';

/** Before every key, so that other users of the same Redis and their ACL rules can tell ours. */
const PREFIX = 'quantonium:limit:';
const CONNECT_MILLIS_MAX = 2_000;
/** Between two attempts to connect: so soon is it noticed that Redis is back. */
const RECONNECT_MILLIS = 500;
/** Commands that wait for an answer. Beyond that a slow Redis would only be given more to do. */
const WAITING_MAX = 10_000;

/** What is used of the client. */
interface Connection {
  readonly isOpen: boolean;
  sendCommand(words: readonly string[]): Promise<unknown>;
  destroy(): void;
}

export interface RedisCounterOptions {
  /** With login and password, which may be exchanged: `reopen`. */
  readonly url: string;
  /** Told of every failure of the connection; the client goes on trying by itself. */
  readonly onError: (error: Error) => void;
  /** For tests that move time by hand; the server's own clock unless given. */
  readonly nowMillis?: () => number;
}

/**
 * Counters that replicas share through Redis 6 or later. While there is no connection every command fails at once:
 * nothing is queued for later, because a hit that is counted later is counted wrongly.
 */
export class RedisCounters implements CounterStore {
  private constructor(
    private client: Connection,
    private readonly options: RedisCounterOptions,
  ) {}

  /** Does not wait for the connection: a server whose Redis is away starts all the same. */
  static async open(options: RedisCounterOptions): Promise<RedisCounters> {
    const client = await clientOf(options);
    void client.connect().catch(options.onError);
    return new RedisCounters(client, options);
  }

  /** A connection as another login in the place of this one, once it stands. Rejects, with nothing changed, where it is not taken. */
  async reopen(url: string): Promise<void> {
    const client = await clientOf({ ...this.options, url });
    // It tries for ever by itself, also with a password that is not taken.
    const patience = setTimeout(() => client.destroy(), CONNECT_MILLIS_MAX).unref();
    try {
      await client.connect();
    } catch (error) {
      if (client.isOpen) client.destroy();
      throw error;
    } finally {
      clearTimeout(patience);
    }
    const former = this.client;
    this.client = client;
    if (former.isOpen) former.destroy();
  }

  async take(key: string, limit: number, cost: number): Promise<Count> {
    const answer = await this.run(TAKE, key, [limit, cost, this.options.nowMillis?.() ?? '']);
    const [used, slot, waitMillis] = numbersIn(answer, 3);
    return { used: used!, slot: slot === -1 ? null : slot!, waitMillis: waitMillis! };
  }

  async giveBack(key: string, slot: number, cost: number): Promise<void> {
    await this.run(GIVE_BACK, key, [slot, cost]);
  }

  async ping(): Promise<void> {
    await this.client.sendCommand(['PING']);
  }

  /** At once: what nobody waits for need not be answered. */
  close(): Promise<void> {
    if (this.client.isOpen) this.client.destroy();
    return Promise.resolve();
  }

  /** By its name; with its text when Redis does not know it (it was restarted, or another took over). */
  private async run({ text, sha1 }: RedisScript, key: string, values: readonly (string | number)[]): Promise<unknown> {
    const rest = ['1', `${PREFIX}${key}`, ...values.map(String)];
    try {
      return await this.client.sendCommand(['EVALSHA', sha1, ...rest]);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return await this.client.sendCommand(['EVAL', text, ...rest]);
    }
  }
}

async function clientOf({ url, onError }: RedisCounterOptions): Promise<Connection & { connect(): Promise<unknown> }> {
  // Loaded by who has a Redis only.
  const { createClient } = await import('@redis/client');
  const client = createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    commandsQueueMaxLength: WAITING_MAX,
    socket: { connectTimeout: CONNECT_MILLIS_MAX, reconnectStrategy: () => RECONNECT_MILLIS },
  });
  // Without a listener a lost connection would end the process.
  client.on('error', onError);
  return client;
}

function numbersIn(answer: unknown, length: number): readonly number[] {
  if (Array.isArray(answer) && answer.length === length && answer.every((each) => typeof each === 'number')) return answer as number[];
  throw new Error('Redis answered a script with something else than it returns');
}
