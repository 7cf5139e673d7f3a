/** A session that can be ended from here, whatever it is in the middle of. */
export interface OpenSession {
  /** At once and without a word to the server: whoever waits for its answer is told that the connection is lost. */
  cut(): void;
}

/**
 * The sessions of the pools of one process, those that are lent out and those that are being opened too, which a pool does not
 * show. Once they are cut no new one is begun, until they are allowed again.
 */
export class OpenSessions {
  readonly #open = new Set<OpenSession>();
  #isCut = false;

  add(session: OpenSession): void {
    this.#open.add(session);
  }

  delete(session: OpenSession): void {
    this.#open.delete(session);
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  cut(): void {
    this.#isCut = true;
    for (const session of [...this.#open]) session.cut();
  }

  allow(): void {
    this.#isCut = false;
  }
}
