import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LOG_COSIGNER, LOG_SIGNER, SAMPLE_RESULT, sampleReceipt, vkeysOf } from '../../../test/harness/sample-log.js';

const COMMAND = fileURLToPath(new URL('verify-receipt.js', import.meta.url));

describe('npm run verify-receipt', () => {
  let directory: string;
  const at = (name: string): string => join(directory, name);

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'quantonium-receipt-'));
    const receipt = await sampleReceipt();
    const changed = Buffer.from(receipt);
    changed[40]! ^= 1;
    await Promise.all([
      writeFile(at('receipt.txt'), receipt),
      writeFile(at('changed.txt'), changed),
      writeFile(at('vkeys.txt'), vkeysOf(LOG_SIGNER, LOG_COSIGNER)),
      writeFile(at('result.json'), JSON.stringify(SAMPLE_RESULT)),
      writeFile(at('other.json'), JSON.stringify({ ...SAMPLE_RESULT, counts: { '00': 1000 } })),
    ]);
  });
  after(() => rm(directory, { recursive: true }));

  /** Runs the built command as a process of its own, without any environment. */
  function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    return new Promise((resolve) => {
      const child = execFile(process.execPath, [COMMAND, ...args], { env: {} }, (_error, out, err) => resolve({ code: child.exitCode ?? -1, out, err }));
    });
  }

  it('says what is proven, what is not, and exits with 0', async () => {
    const { code, out, err } = await run(at('receipt.txt'), '--vkey', at('vkeys.txt'), '--result', at('result.json'));
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^PROVEN\n {2}\* The deed: simulation\.complete, which succeeded/);
    assert.match(out, /The result is the one that was recorded/);
    assert.match(out, /\nNot proven by this:\n/);
  });

  it('checks as well when it is reached through a link, and never ends with 0 unchecked', async () => {
    await symlink(COMMAND, at('linked.js'));
    const { code, out } = await new Promise<{ code: number; out: string }>((resolve) => {
      const child = execFile(process.execPath, [at('linked.js'), at('receipt.txt'), '--vkey', at('vkeys.txt')], { env: {} }, (_error, stdout) => resolve({ code: child.exitCode ?? -1, out: stdout }));
    });
    assert.equal(code, 0);
    assert.match(out, /^PROVEN\n/);
  });

  it('does without a result', async () => {
    const { code, out } = await run('--vkey', at('vkeys.txt'), at('receipt.txt'));
    assert.equal(code, 0);
    assert.match(out, /no result file was given/);
  });

  it('refuses a changed receipt and a changed result with a reason and exits with 1', async () => {
    const receipt = await run(at('changed.txt'), '--vkey', at('vkeys.txt'));
    assert.deepEqual([receipt.code, receipt.out], [1, '']);
    assert.match(receipt.err, /^NOT PROVEN \([a-z-]+\)\n.+\n$/);
    const result = await run(at('receipt.txt'), '--vkey', at('vkeys.txt'), '--result', at('other.json'));
    assert.equal(result.code, 1);
    assert.match(result.err, /^NOT PROVEN \(result-altered\)\n/);
  });

  it('exits with 2 when it is not told what to do, or a file is missing', async () => {
    for (const args of [[], [at('receipt.txt')], ['--vkey', at('vkeys.txt')], [at('receipt.txt'), at('receipt.txt'), '--vkey', at('vkeys.txt')], [at('receipt.txt'), '--vkey', at('vkeys.txt'), '--force']]) {
      const { code, err } = await run(...args);
      assert.equal(code, 2);
      assert.match(err, /^Usage: npm run verify-receipt/);
    }
    const missing = await run(at('nowhere.txt'), '--vkey', at('vkeys.txt'));
    assert.equal(missing.code, 2);
    assert.match(missing.err, /nowhere\.txt/);
  });
});
