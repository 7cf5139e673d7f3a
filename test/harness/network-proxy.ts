import { createServer, createConnection, type Server, type Socket } from 'node:net';
import type { DatabaseUrls } from '#platform/database/database-urls.js';

/**
 * The network between a server and its database, which can fail: `silent` takes what it is sent and passes nothing on, as one
 * that drops every packet; `refusing` ends what is open, and what comes.
 */
export class NetworkProxy {
  #state: 'open' | 'silent' | 'refusing' = 'open';
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #held: (() => void)[] = [];

  private constructor(
    private readonly server: Server,
    private readonly path: string,
  ) {
    server.on('connection', (client) => this.#join(client));
  }

  /** @param url of a Postgres on a Unix socket. */
  static async before(url: string): Promise<NetworkProxy> {
    const directory = new URL(url).searchParams.get('host');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new NetworkProxy(server, `${directory}/.s.PGSQL.${new URL(url).port}`);
  }

  /** The same logins, by way of the proxy. */
  through(urls: DatabaseUrls): DatabaseUrls {
    const { port } = this.server.address() as { port: number };
    const through = (text: string): string => {
      const { username, password, pathname } = new URL(text);
      return `postgresql://${username}:${password}@127.0.0.1:${port}${pathname}`;
    };
    return { app: through(urls.app), sequencer: through(urls.sequencer), worker: through(urls.worker), migration: through(urls.migration) };
  }

  get state(): 'open' | 'silent' | 'refusing' {
    return this.#state;
  }

  set state(state: 'open' | 'silent' | 'refusing') {
    this.#state = state;
    if (state === 'refusing') for (const pair of [...this.#pairs]) for (const socket of pair) socket.destroy();
    // What was sent meanwhile arrives late, as TCP repeats it.
    if (state === 'open') for (const pass of this.#held.splice(0)) pass();
  }

  close(): void {
    this.state = 'refusing';
    this.server.close();
  }

  #join(client: Socket): void {
    if (this.#state === 'refusing') return void client.destroy();
    const database = createConnection(this.path);
    const pair = [client, database] as const;
    this.#pairs.add(pair);
    for (const [from, to] of [pair, [database, client] as const]) {
      from.on('data', (bytes) => this.#pass(() => void (to.destroyed || to.write(bytes))));
      // Of who is gone nobody is told either, until the network is back.
      from.on('close', () => {
        this.#pairs.delete(pair);
        this.#pass(() => to.destroy());
      });
      from.on('error', () => undefined);
    }
  }

  #pass(piece: () => void): void {
    if (this.#state === 'silent') this.#held.push(piece);
    else piece();
  }
}
