import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

/**
 * Several spec files in this process, one after the other. The first test lasts until all of them are read, so that none
 * runs while another loads. After the tests of a file stands a line that names it; a file that cannot be read fails
 * there, and does not keep the others from their turn.
 */
export async function runTogether(files: readonly string[]): Promise<void> {
  const { promise: areRead, resolve } = Promise.withResolvers<void>();
  void test(`${files.length} files are read`, () => areRead);
  for (const file of files) {
    let failure: { readonly error: unknown } | null = null;
    await import(pathToFileURL(file).href).catch((error: unknown) => (failure = { error }));
    void test(`that was ${file}`, () => {
      if (failure !== null) throw failure.error;
    });
  }
  resolve();
}
