import { Client } from 'pg';
import type { Clock } from '../system/clock.js';
import { cutOff, type PoolSettings, sessionSettings } from './data-sources.js';
import type { OpenSessions } from './open-sessions.js';

/** Between two looks at what has been answered. */
const LOOK_MILLIS = 250;
/** A ping at every second look. */
const LOOKS_A_PING = 2;
/** From here on the process is not ready: with the pause before a ping and a look's own, 1.75 s after the database fell silent. */
const SILENT_MILLIS = 1_000;
/**
 * From here on whoever waits is told that there is no answer: 4.25 s after the database fell silent, since nobody is to wait
 * for five. A busy database answers a ping in a fraction of it, and a statement may take four times as long.
 */
const LOST_MILLIS = 3_500;

/**
 * Whether the database answers at all. A server that refuses or dies tells every session; one behind a network that drops
 * what it is sent, or on a host that hangs, tells nobody, and would be waited for as long as the longest statement may take.
 * So a session of its own asks for nothing, twice a second. When that has no answer, neither has anybody else: the sessions
 * of the pools are cut, and no new ones are begun until there is one.
 */
export class DatabasePulse {
  #held: { readonly client: Client; readonly url: string } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #asking: Promise<void> | null = null;
  #looks = 0;
  #lookedAtMillis = 0;
  #silentMillis = 0;
  readonly #waiting = new Set<() => void>();

  constructor(
    private readonly settings: PoolSettings,
    private readonly sessions: OpenSessions,
    private readonly clock: Clock,
    private readonly report: (line: string) => void,
  ) {}

  start(): void {
    this.#lookedAtMillis = this.clock.monotonicMillis();
    this.#timer = setInterval(() => this.#look(), LOOK_MILLIS).unref();
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#drop();
    await this.#asking;
  }

  /** What the work makes of it; rejects when the database is silent, at once or as soon as it is. */
  async unlessSilent<T>(work: () => Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const giveUp = (): void => reject(new Error(`the database has not answered for ${SILENT_MILLIS} ms`));
    if (this.#silentMillis >= SILENT_MILLIS) giveUp();
    this.#waiting.add(giveUp);
    try {
      return await (this.#silentMillis >= SILENT_MILLIS ? promise : Promise.race([promise, work()]));
    } finally {
      this.#waiting.delete(giveUp);
    }
  }

  #look(): void {
    const now = this.clock.monotonicMillis();
    // A process that stood still has heard nobody: no more of that time is the database's than two looks.
    const elapsedMillis = Math.min(now - this.#lookedAtMillis, 2 * LOOK_MILLIS);
    this.#lookedAtMillis = now;
    if (this.#asking !== null) this.#hearNothing(elapsedMillis);
    this.#looks += 1;
    if (this.#asking === null && this.#looks % LOOKS_A_PING === 0) this.#asking = this.#ask().finally(() => (this.#asking = null));
  }

  #hearNothing(elapsedMillis: number): void {
    const before = this.#silentMillis;
    this.#silentMillis += elapsedMillis;
    if (before < SILENT_MILLIS && this.#silentMillis >= SILENT_MILLIS) for (const giveUp of this.#waiting) giveUp();
    if (Math.floor(before / LOST_MILLIS) === Math.floor(this.#silentMillis / LOST_MILLIS)) return;
    if (!this.sessions.isCut) this.report(`the database has not answered for ${LOST_MILLIS} ms: its sessions are cut, and no new ones begun until it does`);
    this.sessions.cut();
    // It may be this session alone that hangs: another is tried.
    this.#drop();
  }

  /** Whatever the server says is an answer, also that it refuses: the pools are told the same. */
  async #ask(): Promise<void> {
    try {
      await this.#ping();
    } catch {
      // Given up here, and no word of the server's.
      if (this.#held === null) return;
      this.#drop();
    }
    this.#silentMillis = 0;
    if (this.sessions.isCut) this.report('the database answers again');
    this.sessions.allow();
  }

  async #ping(): Promise<void> {
    const url = this.settings.renewal?.url() ?? this.settings.url;
    // One that logged in with a password that was exchanged goes, as those of the pools do.
    if (this.#held !== null && this.#held.url !== url) this.#drop();
    if (this.#held === null) {
      const client = new Client({ ...sessionSettings({ ...this.settings, url }), connectionTimeoutMillis: 0, query_timeout: 0 });
      client.on('error', () => undefined);
      this.#held = { client, url };
      await client.connect();
    }
    await this.#held.client.query('');
  }

  #drop(): void {
    const held = this.#held;
    this.#held = null;
    if (held !== null) cutOff(held.client);
  }
}
