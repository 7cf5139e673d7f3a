import { Socket } from 'node:net';

/**
 * Sends all that is written in one turn of the loop in one piece. The statements of a transaction that waits for no
 * answer between them (BEGIN, what is left to the commit, COMMIT) are one system call here, and there the session is woken
 * once and finds the next statement when it has done the last. Nothing waits for it: the turn's own promises run first,
 * and no timer nor other socket comes in between.
 */
export class TurnSocket extends Socket {
  #isHeld = false;

  constructor() {
    super();
    // To connect, Node puts its own `write` on the socket, in case it has one of a connection before.
    this.once('connect', () => Reflect.deleteProperty(this, 'write'));
  }

  override write(bytes: Uint8Array | string, written?: (error?: Error | null) => void): boolean;
  override write(text: Uint8Array | string, encoding?: BufferEncoding, written?: (error?: Error | null) => void): boolean;
  override write(bytes: Uint8Array | string, encoding?: BufferEncoding | ((error?: Error | null) => void), written?: (error?: Error | null) => void): boolean {
    this.#hold();
    return typeof encoding === 'function' ? super.write(bytes, encoding) : super.write(bytes, encoding, written);
  }

  #hold(): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.cork();
    process.nextTick(() => {
      this.#isHeld = false;
      this.uncork();
    });
  }
}
