import { on } from 'node:events';
import { SealRefusal } from '#modules/crypto/index.js';

const [NEWLINE, RETURN, INTERRUPT, BACKSPACE, DELETE] = [0x0a, 0x0d, 0x03, 0x08, 0x7f];
/** A share in hex has 66; whoever types more than this does not type a share. */
const LINE_BYTES_MAX = 1_024;

/**
 * Shares from standard input, a line each: typed at a terminal they are not shown, and none is made a string. Each line
 * is wiped once the next one is asked for, and what was read of the input however the reading ends.
 */
export async function* sharesGiven(input: NodeJS.ReadStream = process.stdin): AsyncGenerator<Buffer> {
  if (input.isTTY) input.setRawMode(true);
  try {
    for await (const line of linesOf(input)) if (line.length > 0) yield line;
  } finally {
    if (input.isTTY) input.setRawMode(false);
    input.pause();
  }
}

async function* linesOf(input: NodeJS.ReadStream): AsyncGenerator<Buffer> {
  const line = Buffer.allocUnsafeSlow(LINE_BYTES_MAX);
  let length = 0;
  try {
    for await (const piece of piecesOf(input)) {
      for (const byte of piece) {
        if (byte === INTERRUPT) throw new SealRefusal('No shares were given.');
        if (byte === BACKSPACE || byte === DELETE) length = Math.max(0, length - 1);
        else if (byte !== NEWLINE && byte !== RETURN) {
          if (length === LINE_BYTES_MAX) throw new SealRefusal('What was given is no share: one is a line of hex or base64.');
          line[length] = byte;
          length += 1;
        } else {
          yield line.subarray(0, length);
          line.fill(0);
          length = 0;
        }
      }
    }
    if (length > 0) yield line.subarray(0, length);
  } finally {
    line.fill(0);
  }
}

/**
 * As they were read: an iterator of the stream would put those together that wait, and leave what it copied. Wiped when
 * the reading ends, which where several lines were pasted may be at the first.
 */
async function* piecesOf(input: NodeJS.ReadStream): AsyncGenerator<Buffer> {
  if (input.readableEnded) return;
  const pieces: Buffer[] = [];
  const keep = (piece: Buffer): void => void pieces.push(piece);
  input.on('data', keep);
  try {
    for await (const [piece] of on(input, 'data', { close: ['end', 'close'] }) as AsyncIterable<[Buffer]>) yield piece;
  } finally {
    input.off('data', keep);
    for (const piece of pieces) piece.fill(0);
  }
}
