import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { loginOwner } from '../harness/api.js';
import { withServer } from '../harness/with-server.js';
import { needProgram, PYTHON } from './install.js';

const run = promisify(execFile);

describe('the clients that come with the server', () => {
  const server = withServer();
  before(() => needProgram(PYTHON, 'python3-minimal'));

  it('are a file of Python that needs nothing else', async () => {
    const env = { QUANTONIUM_URL: server.url, OWNER_PASSWORD: server.home.ownerPassword };
    const { stdout } = await run(PYTHON, ['test/clients/simulation-walk.py'], { env, timeout: 120_000 });
    const { bell, memory, ...seen } = JSON.parse(stdout) as { bell: Record<string, number>; memory: string[] } & Record<string, unknown>;
    assert.deepEqual(Object.keys(bell).sort(), ['00', '11']);
    assert.ok(memory.length === 4 && memory.every((bits) => bits === '00' || bits === '11'));
    assert.deepEqual(seen, {
      order: { '001': 5 },
      amplitudes: [0.25, 0.75],
      expectation: -0.5,
      trace: 1,
      probabilities: { '0': 0.25, '1': 0.75 },
      progress: [true, 1],
      cancelled: 'cancelled',
      refused: [422, 'invalid-program', '/program/source', 1, 26],
      listed: true,
      drawn: true,
      pushed: [['result.json', 'receipt.txt', 'circuit.svg'], true],
      receipt: 'c2sp.org/tlog-proof@v1',
    });
  });

  it('and that file is a program too', async () => {
    const program = join(server.home.directory, 'x.qasm');
    writeFileSync(program, 'OPENQASM 2.0; include "qelib1.inc"; qreg q[1]; creg c[1]; x q[0]; measure q -> c;');
    const env = { QUANTONIUM_URL: server.url, QUANTONIUM_TOKEN: await loginOwner(server) };
    const { stdout } = await run(PYTHON, ['clients/python/quantonium.py', program, '--shots', '9', '--draw'], { env });
    assert.match(stdout, /\[X\][^]*\n1 9\n$/);
    await assert.rejects(run(PYTHON, ['clients/python/quantonium.py', '/nowhere.qasm'], { env }), /quantonium: .*nowhere/);
  });

  it('do what the page about them shows', async () => {
    const [, example] = /```python\n([^]*?)```/.exec(readFileSync('docs/simulations.md', 'utf8'))!;
    const [, deed, told] = /^(client\.run\(.*\)\.counts) +# (.*)$/m.exec(example!)!;
    const script = join(server.home.directory, 'example.py');
    writeFileSync(script, example!.replace('"http://localhost:3000", token="…"', '').replace('open("receipt.txt", "w").write', 'print').replace(deed!, `print(${deed})`));
    const env = { QUANTONIUM_URL: server.url, QUANTONIUM_TOKEN: await loginOwner(server), PYTHONPATH: 'clients/python', PYTHONDONTWRITEBYTECODE: '1' };
    const { stdout } = await run(PYTHON, [script], { env });
    assert.equal(stdout.split('\n')[0], told);
    assert.match(stdout, /\nc2sp\.org\/tlog-proof@v1\n/);
  });

  it('are a package of TypeScript that compiles by itself', async () => {
    await run(process.execPath, ['node_modules/typescript-native/bin/tsc', '--project', 'clients/typescript/tsconfig.json', '--noEmit'], { timeout: 60_000 });
  });
});
