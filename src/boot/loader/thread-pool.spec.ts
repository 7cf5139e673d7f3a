import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';

/** As they were built. */
const SOURCES = new URL('../../', import.meta.url).href;
const LOADER = "await import(src + 'boot/loader/thread-pool.js');";

/** Both kinds of work as the engine bounds them, more of each than may run; then a file, and what was over first. */
const SATURATED = `
const { readFile } = await import('node:fs');
const { generateKeyPairSync, sign } = await import('node:crypto');
const { HeavyWork } = await import(src + 'modules/crypto/transit/heavy-work.js');
const { PasswordHasher } = await import(src + 'modules/crypto/password-hasher.js');
const { SystemRandomness } = await import(src + 'platform/system/randomness.js');
const { Semaphore } = await import(src + 'platform/threads/semaphore.js');
const { privateKey } = generateKeyPairSync('slh-dsa-sha2-128s');
const heavy = new HeavyWork();
const hasher = new PasswordHasher(new Semaphore(2, 8), new SystemRandomness(), { memoryKib: 19456, passes: 16, parallelism: 1 });
const over = (what) => () => process.stdout.write(what + '\\n');
for (let n = 0; n < 3; n += 1) {
  void heavy.run('a', 600, () => new Promise((resolve) => sign(null, Buffer.from('x'), privateKey, resolve))).then(over('key'));
  void hasher.hash('a password').then(over('password'));
}
setImmediate(() => readFile('package.json', over('file')));
`;

/** What was over first, in a process of which this was the first import. */
async function firstOver(first: string): Promise<string> {
  const script = `const src = ${JSON.stringify(SOURCES)};\n${first}\n${SATURATED}`;
  const { UV_THREADPOOL_SIZE: _, ...environment } = process.env;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return line.toString().split('\n')[0]!;
  } finally {
    // It would wait for its threads.
    child.kill('SIGKILL');
  }
}

describe('the pool of threads', () => {
  it('has one for a file while as many passwords are hashed and as many keys used as may be', async () => {
    assert.equal(await firstOver(LOADER), 'file');
  });

  it('has none where an operator asks for the default of Node', async () => {
    assert.notEqual(await firstOver(`process.env.UV_THREADPOOL_SIZE = '4'; ${LOADER}`), 'file');
  });
});
