import { lookup as systemLookup } from 'node:dns/promises';
import { Semaphore } from '#platform/threads/semaphore.js';
import { unlessAborted } from './unless-aborted.js';

/** All addresses of a name; rejects where it has none. */
export type Resolver = (hostname: string) => Promise<readonly string[]>;

export const resolveBySystem: Resolver = async (hostname) => (await systemLookup(hostname, { all: true })).map(({ address }) => address);

/**
 * getaddrinfo(3), which knows /etc/hosts and search domains, holds a thread of libuv until the system's resolver gives
 * up: 10 s by resolv.conf(5), and nobody can call it back. Libuv lets half of its threads do so (UV__WORK_SLOW_IO), of
 * four two. Names of strangers get one: the others stay for the names of the database and of operators.
 */
export const LOOKUPS_AT_ONCE = 1;
const WAITING_MAX = 64;
/** A name that is there is found within milliseconds; what hangs for longer is taken for one that is not. */
const PATIENCE_MILLIS = 5_000;

/** Looks names up a few at a time, each once for all who ask for it meanwhile, and gives up before the system does. */
export class NameLookup {
  readonly #turns = new Semaphore(LOOKUPS_AT_ONCE, WAITING_MAX);
  readonly #asked = new Map<string, Promise<readonly string[]>>();

  constructor(
    private readonly ask: Resolver = resolveBySystem,
    private readonly patienceMillis: number = PATIENCE_MILLIS,
  ) {}

  /** Rejects also where the name is not found in time, waiting for its turn included, or too many wait already. */
  resolve(hostname: string): Promise<readonly string[]> {
    const asked = this.#asked.get(hostname);
    if (asked !== undefined) return asked;
    const answer = this.#inTurn(hostname).finally(() => this.#asked.delete(hostname));
    this.#asked.set(hostname, answer);
    return answer;
  }

  #inTurn(hostname: string): Promise<readonly string[]> {
    const patience = AbortSignal.timeout(this.patienceMillis);
    // The turn lasts as long as the thread is held, however short the patience; who has left is not looked up any more.
    const turn = this.#turns.run(() => (patience.aborted ? Promise.reject(new Error('too late')) : this.ask(hostname)));
    return unlessAborted(turn, patience);
  }
}
