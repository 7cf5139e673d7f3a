import { SealRefusal } from '#modules/crypto/index.js';

const [NEWLINE, RETURN, INTERRUPT, BACKSPACE, DELETE] = [0x0a, 0x0d, 0x03, 0x08, 0x7f];
/** A share in hex has 66; whoever types more than this does not type a share. */
const LINE_BYTES_MAX = 1_024;

/**
 * Shares from standard input, a line each: typed at a terminal they are not shown, and none is made a string. Each line
 * is wiped once the next one is asked for.
 */
export async function* sharesGiven(input: NodeJS.ReadStream = process.stdin): AsyncGenerator<Buffer> {
  if (input.isTTY) input.setRawMode(true);
  try {
    for await (const line of linesOf(input)) {
      try {
        if (line.length > 0) yield line;
      } finally {
        line.fill(0);
      }
    }
  } finally {
    if (input.isTTY) input.setRawMode(false);
    input.pause();
  }
}

async function* linesOf(input: NodeJS.ReadStream): AsyncGenerator<Buffer> {
  const line = Buffer.allocUnsafeSlow(LINE_BYTES_MAX);
  let length = 0;
  for await (const chunk of input as AsyncIterable<Buffer>) {
    for (const byte of chunk) {
      if (byte === INTERRUPT) throw new SealRefusal('No shares were given.');
      if (byte === BACKSPACE || byte === DELETE) length = Math.max(0, length - 1);
      else if (byte !== NEWLINE && byte !== RETURN) {
        if (length === LINE_BYTES_MAX) throw new SealRefusal('What was given is no share: one is a line of hex or base64.');
        line[length] = byte;
        length += 1;
      } else {
        yield line.subarray(0, length);
        length = 0;
      }
    }
    chunk.fill(0);
  }
  if (length > 0) yield line.subarray(0, length);
}
