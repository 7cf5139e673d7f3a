import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ASVS_LEVELS } from '../../../../test/conformance/asvs-levels.js';
import { CHECKS } from './checks/all-checks.js';
import { isCheck, isSpec, type Requirement } from './requirement.js';
import { CHAPTERS, REQUIREMENTS } from './requirements/all-requirements.js';
import { RISKS } from './risks.js';

const NAMES = new Set(CHECKS.map(({ name }) => name));
const wordsIn = (text: string): number => text.split(/\s+/).length;

/** What is wrong with a row, as the report would be if it were believed. */
function wrongIn({ by, evidence, why, about }: Requirement): string | null {
  const gone = evidence.find((each) => !(isCheck(each) ? NAMES.has(each) : existsSync(each)));
  if (gone !== undefined) return `there is no ${gone}`;
  if (new Set(evidence).size !== evidence.length) return 'evidence stands twice';
  if (wordsIn(about) > 8) return 'more than eight words';
  if (by === 'test') return evidence.some((each) => isCheck(each) || isSpec(each)) ? null : 'no test';
  if (why === null || why === '') return 'no reason';
  if (by === 'document') return evidence.some((each) => /\.(md|json|example)$/.test(each)) ? null : 'no document';
  if (by === 'configuration') return evidence.length > 0 ? null : 'nothing to look at';
  return null;
}

describe('the table of requirements', () => {
  it('has each of the 345 of ASVS 5.0.0 once, in order, with its level', () => {
    const standard = Object.entries(ASVS_LEVELS).flatMap(([section, levels]) => [...levels].map((level, index) => `${section}.${index + 1}:${level}`));
    assert.equal(standard.length, 345);
    assert.deepEqual(REQUIREMENTS.map(({ id, level }) => `${id}:${level}`), standard);
    for (const { id, requirements } of CHAPTERS) assert.ok(requirements.every((requirement) => requirement.id.startsWith(`${id}.`)), id);
  });

  it('says nothing of which there is no evidence, and gives a reason where no test does', () => {
    assert.deepEqual(REQUIREMENTS.flatMap((requirement) => (wrongIn(requirement) === null ? [] : [`${requirement.id}: ${wrongIn(requirement)}`])), []);
  });

  const good: Requirement = { id: 'V0.0.1', level: 1, about: 'things', by: 'test', evidence: ['nosniff'], why: null };
  for (const [what, change, wrong] of [
    ['a check that is not there', { evidence: ['no-such-check'] }, 'there is no no-such-check'],
    ['a file that is not there', { evidence: ['src/nothing.spec.ts'] }, 'there is no src/nothing.spec.ts'],
    ['a document as a test', { evidence: ['docs/tls.md'] }, 'no test'],
    ['nothing as a test', { evidence: [] }, 'no test'],
    ['no reason', { by: 'not-applicable', evidence: [] }, 'no reason'],
    ['no document', { by: 'document', why: 'so' }, 'no document'],
    ['nothing to look at', { by: 'configuration', why: 'so', evidence: [] }, 'nothing to look at'],
    ['a sentence of the standard', { about: 'a sentence that is as long as one of those' }, 'more than eight words'],
  ] as const) {
    it(`would be refused with ${what}`, () => assert.equal(wrongIn({ ...good, ...change }), wrong));
  }

  it('has evidence for every risk of the API Security Top 10', () => {
    assert.deepEqual(RISKS.map(({ id }) => id), Array.from({ length: 10 }, (_, index) => `API${index + 1}:2023`));
    for (const { id, evidence } of RISKS) {
      assert.ok(evidence.some(isSpec), id);
      for (const each of evidence) assert.ok(isCheck(each) ? NAMES.has(each) : existsSync(each), `${id}: ${each}`);
    }
  });

  it('uses every check, each of which has a name of its own', () => {
    const used = new Set([...REQUIREMENTS, ...RISKS].flatMap(({ evidence }) => evidence));
    assert.deepEqual(CHECKS.map(({ name }) => name).filter((name) => !used.has(name)), []);
    assert.equal(NAMES.size, CHECKS.length);
    assert.ok([...NAMES].every(isCheck));
  });
});
