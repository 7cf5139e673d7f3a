import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalJsonBytes } from './canonical-json.js';
import type { JsonValue } from './json-value.js';
import { memberBytes } from './member-bytes.js';

const told = (value: JsonValue, path: readonly (string | number)[]): JsonValue | undefined => {
  const bytes = memberBytes(canonicalJsonBytes(value), path);
  return bytes === null ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as JsonValue);
};

/** As a parsed document tells it. */
function looked(value: JsonValue, path: readonly (string | number)[]): JsonValue | undefined {
  let at: JsonValue | undefined = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || Array.isArray(at) !== (typeof step === 'number')) return undefined;
    at = Object.hasOwn(at, step) ? (at as Record<string | number, JsonValue>)[step] : undefined;
  }
  return at;
}

describe('the bytes of a member', () => {
  it('are found behind texts that look like structure, and in the last place', () => {
    const value = { 'a"]}\\': ['}', { b: '\\"' }, -1.5e-7, null, true], results: [[], {}, { counts: { '00': 3 } }] };
    assert.deepEqual(told(value, ['a"]}\\', 1, 'b']), '\\"');
    assert.deepEqual(told(value, ['a"]}\\', 2]), -1.5e-7);
    assert.deepEqual(told(value, ['a"]}\\', 4]), true);
    assert.deepEqual(told(value, ['results', 2, 'counts', '00']), 3);
    assert.deepEqual(told(value, []), value);
  });

  it('are none where there is no such place', () => {
    for (const path of [['b'], ['a', 0], [0], ['list', 'a'], ['list', 2], ['empty', 0], ['none', 'a'], ['word', 0]]) {
      assert.equal(told({ a: 1, list: [1, 2], empty: [], none: {}, word: 'a' }, path), undefined, JSON.stringify(path));
    }
  });

  it('are what a parsed document holds there, whatever the document', () => {
    const documents = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JsonValue>;
    const someWay = (value: JsonValue, turns: readonly number[]): (string | number)[] => {
      const path: (string | number)[] = [];
      let at: JsonValue | undefined = value;
      for (const turn of turns) {
        if (typeof at !== 'object' || at === null) break;
        const steps: readonly (string | number)[] = Array.isArray(at) ? [...at.keys(), at.length] : [...Object.keys(at), 'absent'];
        path.push(steps[turn % steps.length]!);
        at = looked(value, path);
      }
      return path;
    };
    fc.assert(
      fc.property(documents, fc.array(fc.nat(), { maxLength: 4 }), (value, turns) => {
        const path = someWay(JSON.parse(JSON.stringify(value)) as JsonValue, turns);
        assert.deepEqual(told(value, path), looked(JSON.parse(JSON.stringify(value)) as JsonValue, path));
      }),
    );
  });
});
