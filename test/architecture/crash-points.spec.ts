import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { KILLS } from '../faults/crash-points.js';

const passed = globSync('src/**/*.ts')
  .filter((file) => !file.endsWith('.spec.ts'))
  .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\bcrashPoint\(('[^']*'|(?!name\b)[^)]*)\)/g)].map((match) => match[1]!));
const named = passed.map((argument) => argument.replaceAll("'", ''));

describe('the places at which a process can be killed', () => {
  it('are each one place of the code, by a name that stands there', () => {
    assert.deepEqual(passed.filter((argument) => !/^'[a-z]+\.[a-z-]+\.(before|after)-[a-z]+'$/.test(argument)), []);
    assert.deepEqual(named.filter((name, index) => named.indexOf(name) !== index), []);
  });

  it('have each one spec that answers for it, and no spec answers for a place that is not there', () => {
    assert.deepEqual(Object.values(KILLS).flat().sort(), [...named].sort());
  });

  for (const [spec, points] of Object.entries(KILLS)) {
    it(`are named by ${spec}.spec.ts where it answers for them`, () => {
      const text = readFileSync(`test/faults/${spec}.spec.ts`, 'utf8');
      if (text.includes(`KILLS['${spec}']`) || text.includes(`KILLS.${spec}`)) return;
      assert.deepEqual(points.filter((point) => !text.includes(`'${point}`)), []);
    });
  }
});
