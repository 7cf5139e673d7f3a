import { Periodic, type PeriodicReport } from './periodic.js';

/**
 * Looks again at what somebody may have exchanged beneath a running process: a certificate, a password. By looking and
 * not by being told, since Kubernetes exchanges a secret by moving a symbolic link, which the watches of a file do not
 * see; and at once on SIGHUP, as servers have always been asked to.
 *
 * The signal is only taken by a process that has something to look at: in any other it ends it, as a closed terminal
 * should.
 */
export class Rereading {
  readonly #periodic: Periodic;
  #isAsked = false;
  readonly #ask = (): void => {
    this.#isAsked = true;
    this.#periodic.wake();
  };

  /** @param look told whether somebody asked for it. Never run twice at once; sealed processes look too. */
  constructor(pauseMillis: number, look: (isAsked: boolean) => Promise<void> | void, report: PeriodicReport) {
    const turn = async (): Promise<void> => {
      const isAsked = this.#isAsked;
      this.#isAsked = false;
      await look(isAsked);
    };
    this.#periodic = new Periodic(pauseMillis, turn, report, { evenSealed: true });
  }

  start(): void {
    process.on('SIGHUP', this.#ask);
    void this.#periodic.start();
  }

  async stop(): Promise<void> {
    process.off('SIGHUP', this.#ask);
    await this.#periodic.stop();
  }
}
