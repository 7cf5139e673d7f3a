import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from '../canonical-json/canonical-json.js';
import { readResultFile } from './result-file.js';

const read = (text: string) => readResultFile(Buffer.from(text, 'utf8'));
const counts = fc.dictionary(fc.string({ unit: fc.constantFrom('0', '1'), minLength: 1, maxLength: 4 }), fc.nat(), { maxKeys: 6 });
const result = fc.record({ counts, shots: fc.nat(), durationMillis: fc.double({ noNaN: true, noDefaultInfinity: true }), seeds: fc.array(fc.nat(9), { maxLength: 3 }), noise: fc.option(fc.constant({})) });

describe('a result file', () => {
  it('is read in every common layout and order, with and without a newline at the end', () => {
    fc.assert(
      fc.property(result, fc.constantFrom('', '\n'), (value, end) => {
        for (const text of [JSON.stringify(value), canonicalJson(value), JSON.stringify(value, null, 2), JSON.stringify(JSON.parse(canonicalJson(value)), null, 2)]) {
          const file = read(text + end);
          assert.ok(typeof file !== 'string', `${String(file)}: ${text}`);
          assert.equal(canonicalJson(file.result), canonicalJson(value));
        }
      }),
    );
  });

  it('is read as Python writes it', () => {
    for (const text of ['{"counts": {"0": 1, "1": 2}, "x": [1, [], {}]}', '{"counts": {}}', '{\n  "counts": {},\n  "x": [\n    1,\n    []\n  ]\n}']) {
      assert.notEqual(typeof read(text), 'string', text);
    }
  });

  it('refuses blanks that no layout has, a mixture of layouts, and other spellings of a value', () => {
    for (const text of [
      '{"counts":{"0":1}} ',
      ' {"counts":{"0":1}}',
      '{"counts":{"0":1}}\n\n',
      '{"counts":{"0":1}}\r\n',
      '{"counts": {"0":1}}',
      '{"counts": {"0": 1},"x": 2}',
      '{ "counts": {"0": 1} }',
      '{\n\t"counts": {}\n}',
      '{\n  "counts": {\n}\n}',
      '{\n"counts": {}\n}',
      '{"counts":{"\\u0030":1}}',
      '{"counts":{"0":1.0}}',
      '{"counts":{"0":1E3}}',
      '{"counts":{"0":1e3}}',
      '{"counts":{"0":-0}}',
    ]) {
      assert.equal(typeof read(text), 'string', JSON.stringify(text));
    }
  });

  it('refuses what is not a result, and says why without repeating it', () => {
    for (const [text, why] of [['[]', /not an object/], ['{}', /neither counts nor a result/], ['{"result":1}', /neither/], ['{"counts":[]}', /neither/], ['hunter2', /at byte 0/], ['{"counts":{},"counts":{}}', /at byte 13/]] as const) {
      const refusal = read(text);
      assert.ok(typeof refusal === 'string' && why.test(refusal) && !refusal.includes('hunter2'), text);
    }
  });

  it('is told apart from the whole resource', () => {
    const whole = read('{"id":"s","result":{"counts":{"0":1}}}');
    assert.ok(typeof whole !== 'string');
    assert.deepEqual([whole.simulationId, whole.isWholeResource, whole.result], ['s', true, { counts: { '0': 1 } }]);
    const bare = read('{"counts":{"0":1}}');
    assert.ok(typeof bare !== 'string' && bare.simulationId === null && !bare.isWholeResource);
  });
});
