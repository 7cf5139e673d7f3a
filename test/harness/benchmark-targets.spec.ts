import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { hold, renderTargets, type Target, TARGETS } from './benchmark-targets.js';

describe('the targets of benchmarks', () => {
  const record = readFileSync('docs/benchmarks.md', 'utf8');
  const sections = new Map(record.split(/^## /m).slice(1).map((section) => [section.slice(0, section.indexOf('\n')), section.slice(section.indexOf('\n')).trim()]));

  it('are in docs/benchmarks.md as the figures below them say, met or missed', () => {
    assert.equal(`${sections.get('Targets')!}\n`, renderTargets(sections));
  });

  it('are each of a benchmark that is there and prints the figure, and told once', () => {
    for (const { about, section } of TARGETS) assert.ok(existsSync(section), `${about}: ${section}`);
    assert.deepEqual(TARGETS.filter((target) => hold(target, sections).measured === null).map(({ about }) => about), []);
    assert.equal(new Set(TARGETS.map(({ about }) => about)).size, TARGETS.length);
  });

  const target: Target = { about: '', section: 's', line: /a +([\d.]+)/, bound: '≥', target: 2, unit: '×', next: null };
  it('are met at their bound, missed beside it, and neither where nothing was printed', () => {
    const at = (figure: string, bound: Target['bound']) => hold({ ...target, bound }, new Map([['s', `a ${figure}`]])).isMet;
    assert.deepEqual([at('2', '≥'), at('1.99', '≥'), at('2', '≤'), at('2.01', '≤')], [true, false, true, false]);
    assert.deepEqual(hold(target, new Map()), { measured: null, isMet: null });
  });
});
