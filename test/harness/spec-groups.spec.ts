import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { processesFor, type SpecFile } from './spec-groups.js';

describe('the processes of spec files', () => {
  let directory: string;
  before(() => (directory = mkdtempSync(join(tmpdir(), 'spec-groups-'))));
  after(() => rmSync(directory, { recursive: true }));

  /** A spec that runs as it is written. */
  function specOf(name: string, text: string): SpecFile {
    const file = join(directory, `${name}.mjs`);
    writeFileSync(file, text);
    return { compiled: file, source: file };
  }

  async function run(entry: string): Promise<{ readonly code: unknown; readonly out: string }> {
    const child = spawn(process.execPath, ['--test-reporter=tap', entry], { env: {}, stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    const [code] = (await once(child, 'close')) as [unknown];
    return { code, out };
  }

  for (const text of ["process.env['A'] = 'b';", "mock.timers.enable({ apis: ['Date'] });", 'Logger.overrideLogger(false);', "process.once('exit', leave);", "import 'node:child_process';", "import '../harness/with-server.js';", 'await setTimeout(10);', '// A process of its own: why.']) {
    it(`give one of its own to a file that says ${text}`, () => {
      const file = specOf('alone', `import 'node:test';\n${text}\n`);
      assert.deepEqual(processesFor([file], join(directory, 'none')), { alone: [file.compiled], groups: [] });
    });
  }

  it('are shared by the others, sixteen at most and evenly', () => {
    const files = Array.from({ length: 17 }, (_, index) => specOf(`even-${index}`, 'describe(() => { afterEach(() => undefined); });\n'));
    const isShared = (count: number): number => processesFor(files.slice(0, count), join(directory, 'even')).groups.length;
    assert.deepEqual([0, 1, 16, 17].map(isShared), [0, 1, 1, 2]);
  });

  it('run file after file, each with its own hooks', async () => {
    const files = ['one', 'two'].map((name) =>
      specOf(name, `import { after, describe, it } from 'node:test';\nafter(() => console.log('closed ${name}'));\ndescribe('${name}', () => {\n  it('works', () => console.log('worked ${name}'));\n});\n`),
    );
    const { code, out } = await run(processesFor(files, join(directory, 'hooks')).groups[0]!);
    assert.equal(code, 0, out);
    assert.deepEqual(out.match(/(?:worked|closed) \w+/g), ['worked one', 'closed one', 'worked two', 'closed two']);
  });

  it('end badly for a test that fails and for a file that cannot be read, and every other test is run', async () => {
    const bad = ["it('fails', () => { throw new Error('on purpose'); });", "throw new Error('cannot be read');"];
    for (const text of bad) {
      const files = [specOf('bad', `import { it } from 'node:test';\n${text}\n`), specOf('good', "import { it } from 'node:test';\nit('works', () => undefined);\n")];
      const { code, out } = await run(processesFor(files, join(directory, 'bad')).groups[0]!);
      assert.equal(code, 1, out);
      assert.match(out, /^not ok/m);
      assert.match(out, /^ {4}ok \d+ - works/m);
    }
  });
});
