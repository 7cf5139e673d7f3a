import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

function passThrough(specification: string | null): { signal: NodeJS.Signals | null; stdout: string; stderr: string } {
  const script = `
    import { armCrashPoint, crashPoint } from ${JSON.stringify(new URL('./crash-points.js', import.meta.url).href)};
    process.on('exit', () => console.log('handlers ran'));
    armCrashPoint(${JSON.stringify(specification)});
    for (let n = 1; n <= 3; n += 1) { crashPoint('a.other'); crashPoint('a.place'); console.log(n); }`;
  const { signal, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  return { signal, stdout, stderr };
}

describe('a crash point', () => {
  it('lets everybody pass while none is armed, or another', () => {
    for (const specification of [null, 'a.place.else', 'a']) {
      assert.deepEqual(passThrough(specification), { signal: null, stdout: '1\n2\n3\nhandlers ran\n', stderr: '' });
    }
  });

  it('kills the process at the first passage, says so, and lets nothing run after', () => {
    assert.deepEqual(passThrough('a.place'), { signal: 'SIGKILL', stdout: '', stderr: 'crash point a.place\n' });
  });

  it('kills the process at the n-th passage', () => {
    assert.deepEqual(passThrough('a.place:3'), { signal: 'SIGKILL', stdout: '1\n2\n', stderr: 'crash point a.place\n' });
  });
});
