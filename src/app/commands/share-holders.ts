import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSecret } from '../../boot/first-owner.js';
import { sharesGiven } from './share-input.js';

const NEWLINE = Buffer.from('\n');

/**
 * The people who hold shares, at a terminal, else as files that only this user can read: on disk before `handOut`
 * returns. Never a string, and never anywhere else.
 */
export class ShareHoldersAtHand {
  #directory: string | null = null;

  constructor(
    /** Where they become files: never with the data, or one copy would take both. */
    private readonly keysDirectory: string,
    private readonly say: (line: string) => void,
    private readonly console: NodeJS.WriteStream = process.stdout,
  ) {}

  /** The directory of the files; null where they were shown, or none were handed out. */
  get directory(): string | null {
    return this.#directory;
  }

  ask(threshold: number): AsyncIterable<Buffer> {
    this.say(`Give ${threshold} shares of the seal that this database is under, one a line; they are not shown.`);
    return sharesGiven();
  }

  async handOut(texts: readonly Buffer[]): Promise<void> {
    if (this.console.isTTY) {
      this.console.write('\nThe shares, shown only now. Give each to another person, and keep no two in one place:\n\n');
      for (const text of texts) await this.#show(text);
      this.console.write('\n');
      return;
    }
    await mkdir(this.keysDirectory, { recursive: true, mode: 0o700 });
    this.#directory = await mkdtemp(join(this.keysDirectory, 'seal-shares-'));
    try {
      for (const [index, text] of texts.entries()) await this.#write(text, join(this.#directory, `share-${index + 1}`));
    } catch (error) {
      await this.withdraw();
      throw error;
    }
  }

  async withdraw(): Promise<void> {
    if (this.#directory !== null) await rm(this.#directory, { recursive: true, force: true });
    else if (this.console.isTTY) this.console.write('The seal was not changed: shares that were shown open nothing.\n');
    this.#directory = null;
  }

  async #write(text: Buffer, path: string): Promise<void> {
    const line = Buffer.concat([text, NEWLINE]);
    await writeSecret(path, line).finally(() => line.fill(0));
  }

  async #show(text: Buffer): Promise<void> {
    const line = Buffer.concat([Buffer.from('    '), text, NEWLINE]);
    await new Promise<void>((resolve, reject) => this.console.write(line, (error) => (error ? reject(error) : resolve())));
    line.fill(0);
  }
}
