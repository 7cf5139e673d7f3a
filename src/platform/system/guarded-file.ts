import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** Bits of a mode (stat(2)). Whoever writes what the server reads at its start configures it. */
export const WRITTEN_BY_OTHERS = 0o022;
/** As of the root key: its own group may read it, which is how orchestrators give it. */
export const OPEN_TO_OTHERS = 0o037;

/** Why a file is not read. */
export type FileFlaw = 'not-regular' | 'mode' | 'too-large';

/**
 * The content of a file that is regular, none of the bits of `forbiddenMode`, and no more than so many bytes; the first of
 * these that counts has the word. What is judged is the file that was opened. Throws what opening it throws.
 */
export function readGuarded(path: string, forbiddenMode: number, bytesMax: number): { readonly bytes: Buffer } | { readonly flaw: FileFlaw; readonly mode: number } {
  // Without O_NONBLOCK, opening a named pipe would wait for its writer.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { mode, size } = fstatSync(descriptor);
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) return { flaw: 'not-regular', mode };
    if ((mode & forbiddenMode) !== 0) return { flaw: 'mode', mode };
    if (size > bytesMax) return { flaw: 'too-large', mode };
    return { bytes: readFileSync(descriptor) };
  } finally {
    closeSync(descriptor);
  }
}
