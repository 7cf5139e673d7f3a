import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pageOf } from './page.js';

const rows = (count: number): { id: string }[] => Array.from({ length: count }, (_, index) => ({ id: String(index) }));

describe('a page of a list', () => {
  it('goes on after its last item when there was one too many', () => {
    assert.deepEqual(pageOf(rows(4), 3), { items: rows(3), next: '2' });
  });

  it('is the last one when there was not', () => {
    assert.deepEqual(pageOf(rows(3), 3), { items: rows(3), next: null });
    assert.deepEqual(pageOf([], 3), { items: [], next: null });
  });
});
