import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { removeEmbeddedPostgres } from '../../../test/harness/data-directory.js';
import { compiled } from '../../../test/harness/run-command.js';

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as an operator's script runs it: no terminal, so the password goes into a file. */
describe('recover-owner', () => {
  let home: string;
  const path = (name: string): string => join(home, name);
  const run = (...words: string[]): Promise<Run> =>
    new Promise((resolve) => {
      const env = { ...compiled(), QUANTONIUM_DATA_DIR: path('data'), ROOT_KEY_FILE: path('root.key') };
      execFile(process.execPath, [join(import.meta.dirname, 'recover-owner.js'), ...words], { env }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  const password = (): string => readFileSync(path('data/owner-one-time-password'), 'utf8').trim();

  before(() => {
    home = mkdtempSync(join(tmpdir(), 'quantonium-recover-'));
  });
  after(() => {
    removeEmbeddedPostgres(path('data'));
    rmSync(home, { recursive: true, force: true });
  });

  it('makes an owner where there is none, and keeps the password out of everything but a 0600 file', async () => {
    const { code, stdout, stderr } = await run();
    assert.equal(code, 0, stderr);
    assert.match(stderr, /The account "owner" was created, made owner/);
    assert.match(password(), /^[0-9a-z]{5}(-[0-9a-z]{5}){4}$/);
    assert.equal(statSync(path('data/owner-one-time-password')).mode & 0o777, 0o600);
    assert.ok(!(stdout + stderr).includes(password()));
  });

  it('resets the same account when it is run again, with another password', async () => {
    const before = password();
    const { code, stderr } = await run();
    assert.equal(code, 0, stderr);
    assert.match(stderr, /The account "owner" was reset; /);
    assert.notEqual(password(), before);
  });

  it('refuses without the root key, and with another one, and changes nothing', async () => {
    const key = readFileSync(path('root.key'));
    const before = password();
    rmSync(path('root.key'));
    const without = await run();
    assert.equal(without.code, 78);
    assert.match(without.stderr, /root key/i);
    writeFileSync(path('root.key'), randomLike(key), { mode: 0o600 });
    assert.equal((await run()).code, 78);
    writeFileSync(path('root.key'), key, { mode: 0o600 });
    assert.equal(password(), before);
  });
});

/** The same file with one letter of the key exchanged, whatever its form. */
function randomLike(key: Buffer): Buffer {
  const other = Buffer.from(key);
  other[5] = other[5] === 0x41 ? 0x42 : 0x41;
  return other;
}
