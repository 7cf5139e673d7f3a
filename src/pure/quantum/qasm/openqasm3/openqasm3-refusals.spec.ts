import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PRELUDE, REFUSED } from '../../../../../test/conformance/openqasm/refused-programs.js';
import { OPENQASM3_ERROR_CODES, QASM_ERROR_CODES } from '../qasm-error.js';
import { parseOpenQasm3 } from './openqasm3.js';

describe('OpenQASM 3 refusals', () => {
  for (const [code, programs] of Object.entries(REFUSED)) {
    for (const marked of programs) {
      const whole = marked.startsWith('!') ? marked.slice(1) : `${PRELUDE}\n${marked}`;
      const shown = JSON.stringify(marked.length > 70 ? `${marked.slice(0, 70)}…` : marked);
      it(`say ${code} at the mark in ${shown}`, () => {
        // A loop may go round 100,000 times before it is called endless: each round costs something.
        const parsed = parseOpenQasm3(whole.replace('‸', ''), {}, code === 'loop-too-long' ? {} : { operationsMax: 20_000 });
        assert.ok(!parsed.ok, 'the program was accepted');
        const { error } = parsed;
        const lines = whole.slice(0, whole.indexOf('‸')).split('\n');
        assert.deepEqual({ code: error.code, line: error.line, column: error.column }, { code, line: lines.length, column: [...lines.at(-1)!].length + 1 }, error.message);
        assert.match(error.message, /^[A-Z"].*[.?]$/s);
        assert.ok(error.message.length < 250);
      });
    }
  }

  it('cover every code of the language', () => {
    const elsewhere = ['unknown-input', 'invalid-input', 'program-too-large'];
    const ofVersion2 = ['unknown-parameter', 'opaque-gate'];
    const all = [...Object.keys(OPENQASM3_ERROR_CODES), ...Object.keys(QASM_ERROR_CODES).filter((code) => !ofVersion2.includes(code))];
    assert.deepEqual(all.filter((code) => !(code in REFUSED) && !elsewhere.includes(code)), []);
  });

  it('name what was probably meant', () => {
    const hint = (source: string) => {
      const parsed = parseOpenQasm3(source);
      return parsed.ok ? '' : parsed.error.message;
    };
    assert.match(hint('include "stdgates.inc"; qubit q; chh q;'), /Did you mean "ch"\?/);
    assert.match(hint('qubit q; h q;'), /include "stdgates.inc";/);
    assert.match(hint('qubit data; reset dat;'), /Did you mean "data"\?/);
  });
});

const INPUTS: readonly (readonly [type: string, value: unknown, isTaken: boolean])[] = [
  ['float', 0.5, true], ['float', 3, true], ['float', '0.5', false], ['float', Infinity, false], ['float', NaN, false], ['float', true, false],
  ['int', 3, true], ['int', -3, true], ['int', 1.5, false], ['int', 2 ** 60, false], ['int', '9223372036854775807', true], ['int', '9223372036854775808', false], ['int', '1e3', false],
  ['int[4]', 7, true], ['int[4]', 8, false], ['int[4]', -8, true], ['int[4]', -9, false], ['uint[4]', 15, true], ['uint[4]', 16, false], ['uint[4]', -1, false],
  ['bool', true, true], ['bool', 1, false], ['bit', 1, true], ['bit', 2, false], ['bit', true, false], ['bit[3]', '011', true], ['bit[3]', '01', false], ['bit[3]', '012', false], ['bit[3]', 3, false],
  ['angle', 1.5, true], ['angle[8]', -1.5, true], ['angle', 'pi', false], ['angle', null, false], ['int', {}, false], ['int', [1], false], ['int', undefined, false],
];

describe('inputs of OpenQASM 3', () => {
  for (const [type, value, isTaken] of INPUTS) {
    it(`${isTaken ? 'take' : 'refuse'} ${typeof value === 'string' ? JSON.stringify(value) : String(value)} as ${type}`, () => {
      const parsed = parseOpenQasm3(`input ${type} value;\nbit b;`, { value });
      if (isTaken) return assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
      assert.ok(!parsed.ok);
      assert.deepEqual([parsed.error.code, parsed.error.input, parsed.error.line], ['invalid-input', 'value', 1]);
      assert.ok((parsed.error.expected ?? '').length > 0);
    });
  }

  it('refuse a value that nothing takes, and one that every object has', () => {
    for (const inputs of [{ tehta: 1, theta: 1 }, { theta: 1, constructor: 1 }]) {
      const parsed = parseOpenQasm3('input float theta;', inputs);
      assert.ok(!parsed.ok && parsed.error.code === 'unknown-input');
    }
    const missing = parseOpenQasm3('input float toString;', {});
    assert.ok(!missing.ok && missing.error.code === 'missing-input');
  });
});
