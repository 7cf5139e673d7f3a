import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PRACTICE } from './practice.js';
import { checkProgram } from './program-check.js';

const ASKED = { parameters: {}, precision: 'single', method: 'automatic', outputs: undefined, noise: undefined, limits: {} } as const;

describe('what threads practise on', () => {
  it('is accepted as a program of somebody else would be', () => {
    for (const [k, { language, source }] of PRACTICE.entries()) {
      const check = checkProgram({ language, source, ...ASKED });
      assert.ok(check.ok && check.refusal === null, `${k}: ${JSON.stringify(check, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`);
    }
  });

  it('is small: no state of more than 18 qubits is made for it', () => {
    for (const { language, source, method } of PRACTICE) {
      const check = checkProgram({ language, source, ...ASKED });
      assert.ok(check.ok && (method !== 'statevector' || check.activeQubits <= 18));
    }
  });
});
