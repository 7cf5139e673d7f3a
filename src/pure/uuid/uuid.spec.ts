import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isUuid, UUID_V7 } from './uuid.js';

const ID = '019a94de-4b70-7c00-8000-000000000001';

describe('the text of a UUID', () => {
  it('is accepted in its one spelling, of any version', () => {
    fc.assert(fc.property(fc.uuid(), (id) => assert.ok(isUuid(id))));
  });

  it('is refused in any other', () => {
    for (const text of ['', ID.toUpperCase(), ` ${ID}`, `${ID}\n`, `{${ID}}`, `urn:uuid:${ID}`, ID.replaceAll('-', ''), ID.slice(1), `${ID}0`]) assert.equal(isUuid(text), false, text);
    for (const value of [null, undefined, 7, [ID], { toString: () => ID }]) assert.equal(isUuid(value), false);
  });

  it('tells version 7 from the others', () => {
    fc.assert(fc.property(fc.uuid({ version: 7 }), (id) => assert.match(id, UUID_V7)));
    fc.assert(fc.property(fc.uuid({ version: [1, 3, 4, 5, 6, 8] }), (id) => assert.doesNotMatch(id, UUID_V7)));
    assert.doesNotMatch('019a94de-4b70-7c00-c000-000000000001', UUID_V7, 'the variant of another standard');
  });
});
