import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExecutionContext } from '@nestjs/common';
import { Fault } from '#pure/fault/fault.js';
import { requireVersion } from '../database/expected-version.js';
import { etagOf, readIfMatch, readRequiredIfMatch } from './if-match.js';

const contextOf = (values: readonly string[]): ExecutionContext => {
  const request = { raw: { rawHeaders: values.flatMap((value) => ['If-Match', value]) } };
  return { switchToHttp: () => ({ getRequest: () => request }) } as unknown as ExecutionContext;
};
const read = (...values: string[]) => readIfMatch(undefined, contextOf(values));
const versions = (...values: string[]): number[] | null => {
  const expected = read(...values);
  return expected === null ? null : [...expected];
};

describe('If-Match', () => {
  it('is any version when it is not said, or *', () => assert.deepEqual([versions(), versions('*'), versions(' * ')], [null, null, null]));

  it('is one version, or one of several, in one field or many', () => {
    assert.deepEqual(versions('"3"'), [3]);
    assert.deepEqual(versions('"3", "12"'), [3, 12]);
    assert.deepEqual(versions('"3"', '"4"'), [3, 4]);
  });

  it('is no version of ours for a weak tag, or one that we never gave', () => {
    for (const value of ['W/"3"', '"x"', '""', '"03"', '"-1"', '"3.0"', '"99999999999999999999"']) assert.deepEqual(versions(value), [], value);
  });

  for (const value of ['3', '"3', '3"', "'3'", '"3" "4"', '"3",', '"a b"', 'w/"3"', '*, "3"', '']) {
    it(`refuses ${JSON.stringify(value)}, which is not well-formed`, () => assert.throws(() => read(value), (error) => error instanceof Fault && error.context.pointers?.[0]?.pointer === 'header:If-Match'));
  }

  it('is refused where it must be said and is not, and there is `*` for whichever there is', () => {
    assert.throws(() => readRequiredIfMatch(undefined, contextOf([])), (error) => error instanceof Fault && error.kind.status === 428 && error.context.pointers?.[0]?.pointer === 'header:If-Match');
    assert.equal(readRequiredIfMatch(undefined, contextOf(['*'])), null);
    assert.deepEqual(readRequiredIfMatch(undefined, contextOf(['"3"'])), new Set([3]));
  });

  it('lets through what is as expected, and refuses what has changed', () => {
    assert.equal(etagOf({ version: 7 }), '"7"');
    assert.doesNotThrow(() => requireVersion({ version: 7 }, read(etagOf({ version: 7 }))));
    assert.doesNotThrow(() => requireVersion({ version: 7 }, null));
    for (const expected of [read('"6"'), read('W/"7"')]) assert.throws(() => requireVersion({ version: 7 }, expected), (error) => error instanceof Fault && error.kind.status === 412);
  });
});
