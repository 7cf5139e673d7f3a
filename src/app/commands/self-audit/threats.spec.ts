import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { CHECKS } from './checks/all-checks.js';
import { isCheck } from './requirement.js';
import { ATTACKERS, boundaryOf, letterOf, STRIDE, type Stride, testOf, type Threat } from './threat.js';
import { MATRIX, MODEL, THREATS } from './threats/all-threats.js';
import { BOUNDARIES, type ElementKind, ELEMENTS } from './threats/elements.js';

const CHECK_NAMES = new Set(CHECKS.map(({ name }) => name));
const LETTERS = Object.keys(STRIDE) as Stride[];
const ids = new Map(THREATS.map((threat) => [threat.id, threat]));

/** Titles of the tests of a file, as they stand in its source, with … for what varies. */
const TITLES = new Map<string, ReadonlySet<string>>();
function titlesOf(file: string): ReadonlySet<string> {
  const known = TITLES.get(file);
  if (known !== undefined) return known;
  const source = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const titles = new Set([...source.matchAll(/\bit\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g)].map(([, , title]) => title!.replace(/\\(['"])/g, '$1').replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '…')));
  TITLES.set(file, titles);
  return titles;
}

/** What is wrong with a row, as the page would be if it were believed. */
function wrongIn({ id, on, attacker, files, evidence }: Threat): string | null {
  if (!/^B\d+-[STRIDE]\d$/.test(id)) return 'no id';
  const stranger = on.find((each) => !ELEMENTS.some((element) => element.id === each));
  if (stranger !== undefined) return `there is no element ${stranger}`;
  if (!(attacker in ATTACKERS)) return `there is no attacker ${attacker}`;
  const gone = files.find((file) => !existsSync(file));
  if (files.length === 0 || gone !== undefined) return gone === undefined ? 'no file' : `there is no ${gone}`;
  if (new Set(evidence).size !== evidence.length) return 'evidence stands twice';
  for (const each of evidence) {
    const test = testOf(each);
    if (test === null ? !isCheck(each) || !CHECK_NAMES.has(each) : !titlesOf(test.file).has(test.title)) return `there is no ${each}`;
  }
  return evidence.some((each) => testOf(each) !== null) ? null : 'no test';
}

describe('the threat model', () => {
  it('names of each threat files that are there, and tests by the title that they have', () => {
    assert.deepEqual(THREATS.flatMap((threat) => (wrongIn(threat) === null ? [] : [`${threat.id}: ${wrongIn(threat)}`])), []);
    assert.equal(ids.size, THREATS.length);
  });

  const good: Threat = { ...THREATS[0]!, evidence: ['nosniff', 'src/app/commands/self-audit/threats.spec.ts › has every letter of STRIDE at every boundary'] };
  for (const [what, change, wrong] of [
    ['an element that is not there', { on: ['P9'] }, 'there is no element P9'],
    ['a file that is not there', { files: ['src/nothing.ts'] }, 'there is no src/nothing.ts'],
    ['no file', { files: [] }, 'no file'],
    ['a check that is not there', { evidence: ['no-such-check'] }, 'there is no no-such-check'],
    ['a test in a file that is not there', { evidence: ['src/nothing.spec.ts › is there'] }, 'there is no src/nothing.spec.ts › is there'],
    ['a test of another title', { evidence: ['src/app/commands/self-audit/threats.spec.ts › has every letter'] }, 'there is no src/app/commands/self-audit/threats.spec.ts › has every letter'],
    ['checks alone', { evidence: ['nosniff'] }, 'no test'],
    ['another id', { id: 'B1-X1' }, 'no id'],
  ] as const) {
    it(`would be refused with ${what}`, () => {
      assert.equal(wrongIn(good), null);
      assert.equal(wrongIn({ ...good, ...change }), wrong);
    });
  }

  it('has every letter of STRIDE at every boundary', () => {
    for (const { id } of BOUNDARIES) {
      const here = THREATS.filter((threat) => boundaryOf(threat) === id);
      assert.deepEqual(LETTERS.filter((letter) => !here.some((threat) => letterOf(threat) === letter)), [], id);
    }
    assert.deepEqual(THREATS.filter((threat) => !BOUNDARIES.some(({ id }) => id === boundaryOf(threat))), []);
  });

  it('has for every element the letters that its kind has', () => {
    // Shostack, "Threat Modeling" (2014), table 3-9: STRIDE per element.
    const of: Readonly<Record<ElementKind, readonly Stride[]>> = { person: ['S', 'R'], process: LETTERS, store: ['T', 'I', 'D'] };
    const lacking = ELEMENTS.flatMap(({ id, kind }) => of[kind].filter((letter) => !THREATS.some((threat) => threat.on.includes(id) && letterOf(threat) === letter)).map((letter) => `${id} ${letter}`));
    assert.deepEqual(lacking, []);
  });

  it('has for every boundary flows between elements, and every element on one', () => {
    const flowing = new Set(BOUNDARIES.flatMap(({ flows }) => flows.flat()));
    assert.deepEqual([...flowing].filter((id) => !ELEMENTS.some((element) => element.id === id)), []);
    assert.deepEqual(ELEMENTS.filter(({ id }) => !flowing.has(id)), []);
  });

  it('answers every row of the matrix and of the model that the product was begun with', () => {
    assert.equal(MATRIX.length, 7);
    assert.deepEqual(MODEL.flatMap(({ letter }) => letter ?? []), LETTERS);
    for (const { row, threats } of [...MATRIX, ...MODEL]) {
      assert.ok(threats.length >= 3, row);
      assert.deepEqual(threats.filter((id) => !ids.has(id)), [], row);
    }
    for (const { row, letter, threats } of MODEL) if (letter !== null) assert.deepEqual(threats.filter((id) => letterOf(ids.get(id)!) !== letter), [], row);
  });
});
