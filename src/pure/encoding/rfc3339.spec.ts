import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseTime } from './rfc3339.js';

describe('a time of RFC 3339', () => {
  it('is read with its offset, to the millisecond', () => {
    const cases: readonly [string, number][] = [
      ['1970-01-01T00:00:00Z', 0],
      ['1996-12-19T16:39:57-08:00', Date.UTC(1996, 11, 20, 0, 39, 57)],
      ['1937-01-01T12:00:27.87+00:20', -1],
      ['2026-11-22t06:00:00.1239z', Date.UTC(2026, 10, 22, 6, 0, 0, 123)],
      ['2024-02-29T00:00:00+23:59', Date.UTC(2024, 1, 28, 0, 1)],
      ['1990-12-31T23:59:60Z', Date.UTC(1991, 0, 1)],
      ['9999-12-31T23:59:59.999Z', 253_402_300_799_999],
    ];
    for (const [text, millis] of cases) assert.equal(parseTime(text), millis < 0 ? null : millis, text);
    fc.assert(fc.property(fc.date({ min: new Date(0), max: new Date(253_402_300_799_999), noInvalidDate: true }), (date) => parseTime(date.toISOString()) === date.getTime()));
  });

  it('is refused in every other spelling', () => {
    const refused = [
      '', 'now', '2026', '2026-11-22', '2026-11-22T06:00:00', '2026-11-22 06:00:00Z', '2026-11-22T06:00Z', '2026-11-22T06:00:00.Z', '2026-11-22T06:00:00+1:00', '2026-11-22T06:00:00+0100',
      '2026-02-29T00:00:00Z', '2026-13-01T00:00:00Z', '2026-00-01T00:00:00Z', '2026-01-00T00:00:00Z', '2026-01-01T24:00:00Z', '2026-01-01T00:60:00Z', '2026-01-01T00:00:61Z', '2026-01-01T00:00:00+24:00',
      '1969-12-31T23:59:59Z', '1970-01-01T00:00:00+00:01', '9999-12-31T23:59:59-00:01', '+02026-01-01T00:00:00Z', '20261-01-01T00:00:00Z', '0026-01-01T00:00:00Z', '2026-01-01T00:00:00Z\n', ' 2026-01-01T00:00:00Z', '١٩٧٠-01-01T00:00:00Z', '1795327200000',
    ];
    for (const text of refused) assert.equal(parseTime(text), null, text);
    fc.assert(fc.property(fc.string(), (text) => parseTime(text) === null));
  });
});
