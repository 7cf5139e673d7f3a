import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { compiled } from '../../../test/harness/run-command.js';

/** What it does is told where a server runs beside it: test/e2e/audit-search.spec.ts. */
describe('rebuild-search', () => {
  it('refuses words that it does not know, in a sentence, and touches nothing', async () => {
    const run = (words: readonly string[]) =>
      new Promise<{ code: number; stderr: string }>((resolve) => {
        execFile(process.execPath, [join(import.meta.dirname, 'rebuild-search.js'), ...words], { env: compiled() }, (error, _stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stderr }));
      });
    for (const words of [['all'], ['-1'], ['1', '2'], ['01']]) {
      const { code, stderr } = await run(words);
      assert.deepEqual([code, /^rebuild-search: .*takes nothing/s.test(stderr), /\n\s+at /.test(stderr)], [78, true, false], stderr);
    }
  });
});
