import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import { deadlineOf } from './deadline.js';

const NOW = Date.parse('2026-11-23T12:00:00Z');

describe('a deadline', () => {
  const accepted: readonly (readonly [string | undefined, string | null])[] = [
    [undefined, null],
    ['2026-11-23T12:00:00.001Z', '2026-11-23T12:00:00.001Z'],
    ['2026-11-23T14:00:00+01:00', '2026-11-23T13:00:00.000Z'],
    ['2026-12-23T12:00:00Z', '2026-12-23T12:00:00.000Z'],
  ];
  for (const [text, instant] of accepted) it(`is ${instant ?? 'none'} where ${text ?? 'nothing'} is given`, () => assert.equal(deadlineOf(text, NOW)?.toISOString() ?? null, instant));

  const refused: readonly (readonly [text: string, code: string])[] = [
    ['tomorrow', 'invalid'],
    ['2026-11-31T12:00:00Z', 'invalid'],
    ['2026-11-23T13:00:00', 'invalid'],
    ['', 'invalid'],
    ['2026-11-23T12:00:00Z', 'out-of-range'],
    ['2020-01-01T00:00:00Z', 'out-of-range'],
    ['2026-12-23T12:00:00.001Z', 'out-of-range'],
    ['9999-12-31T23:59:59Z', 'out-of-range'],
  ];
  for (const [text, code] of refused) {
    it(`is refused at its pointer where it says '${text}'`, () => {
      assert.throws(() => deadlineOf(text, NOW), (fault: unknown) => fault instanceof Fault && fault.kind.status === 422 && fault.context.pointers?.[0]?.pointer === '/deadline' && fault.context.pointers[0].code === code);
    });
  }
});
