import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

/**
 * Several spec files in this process, one after the other. The first test lasts until all of them are read, so that none
 * runs while another loads. Each is a suite with its name, so that hooks outside of every `describe` are those of the
 * file; one that cannot be read fails, and does not keep the others from their turn.
 */
export async function runTogether(files: readonly string[]): Promise<void> {
  const all = Promise.withResolvers<void>();
  void test(`${files.length} files are read`, () => all.promise);
  for (const file of files) {
    const one = Promise.withResolvers<void>();
    void describe(file, () => import(pathToFileURL(file).href).finally(one.resolve) as Promise<void>);
    await one.promise;
  }
  all.resolve();
}
