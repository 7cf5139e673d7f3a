import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KNOWN_ANSWER_TESTS, KnownAnswerFailure, runKnownAnswerTests } from './known-answer-tests.js';

describe('known-answer tests', () => {
  for (const test of KNOWN_ANSWER_TESTS) {
    it(`computes ${test.name} as published in ${test.source}`, async () => assert.equal(await test.run(), true));
  }

  it('refuses the boot and names the test whose answer is wrong', async () => {
    const wrong = { name: 'two and two', source: 'arithmetic', run: () => false };
    await assert.rejects(runKnownAnswerTests([...KNOWN_ANSWER_TESTS.slice(0, 2), wrong]), (error) => error instanceof KnownAnswerFailure && error.test === 'two and two');
  });

  it('refuses the boot when an algorithm is not there at all', async () => {
    const absent = {
      name: 'absent',
      source: '',
      run: () => {
        throw new Error('digital envelope routines::unsupported');
      },
    };
    await assert.rejects(runKnownAnswerTests([absent]), KnownAnswerFailure);
  });
});
