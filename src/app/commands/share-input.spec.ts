import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { SealRefusal } from '#modules/crypto/index.js';
import { sharesGiven } from './share-input.js';

const SHARES = ['one'.repeat(22), 'two'.repeat(22), 'six'.repeat(22)];

/** What a terminal, or a pipe, gives of these pieces; and whether it shows what is typed. */
function given(pieces: readonly Buffer[], isTerminal = false): { readonly input: NodeJS.ReadStream; isRaw: boolean } {
  const stream = new PassThrough();
  const terminal = { input: Object.assign(stream, { isTTY: isTerminal, setRawMode: (isRaw: boolean) => void (terminal.isRaw = isRaw) }) as unknown as NodeJS.ReadStream, isRaw: false };
  for (const piece of pieces) stream.write(piece);
  stream.end();
  return terminal;
}

async function read(input: NodeJS.ReadStream, atMost = Infinity): Promise<{ readonly texts: string[]; readonly lines: Buffer[] }> {
  const texts: string[] = [];
  const lines: Buffer[] = [];
  for await (const line of sharesGiven(input)) {
    texts.push(line.toString('latin1'));
    lines.push(line);
    if (texts.length === atMost) break;
  }
  return { texts, lines };
}

const isWiped = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);

describe('shares on standard input', () => {
  it('are its lines, however they were cut, without empty ones and with the last that has no end', async () => {
    const pieces = [Buffer.from(`${SHARES[0]}\r\n\n${SHARES[1]!.slice(0, 9)}`), Buffer.from(`${SHARES[1]!.slice(9)}\n${SHARES[2]}`)];
    const { texts, lines } = await read(given(pieces).input);
    assert.deepEqual(texts, SHARES);
    assert.ok([...pieces, ...lines].every(isWiped));
  });

  it('leave nothing behind where several were pasted and the first were enough', async () => {
    const pasted = Buffer.from(SHARES.join('\n'));
    const { texts, lines } = await read(given([pasted]).input, 1);
    assert.deepEqual(texts, SHARES.slice(0, 1));
    assert.ok([pasted, ...lines].every(isWiped));
  });

  it('are typed unseen and can be mended, and nothing of what was mended stays', async () => {
    const typed = Buffer.from(`wrong\x7f\x7f\x7f\x7f\x08${SHARES[0]!.slice(0, 3)}\n`);
    const terminal = given([typed], true);
    const reading = sharesGiven(terminal.input);
    const { value: line } = (await reading.next()) as { value: Buffer };
    assert.deepEqual([line.toString('latin1'), terminal.isRaw], ['one', true]);
    assert.equal((await reading.next()).done, true);
    assert.equal(terminal.isRaw, false);
    assert.ok(isWiped(Buffer.from(line.buffer)) && isWiped(typed));
  });

  for (const [what, bytes] of [['an interruption', Buffer.from(`${SHARES[0]}\x03`)], ['a line that is no share', Buffer.alloc(1_025, 0x61)]] as const) {
    it(`end with ${what}, and leave nothing behind`, async () => {
      const terminal = given([bytes], true);
      await assert.rejects(read(terminal.input), SealRefusal);
      assert.equal(terminal.isRaw, false);
      assert.ok(isWiped(bytes));
    });
  }
});
