import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSlug } from './project.js';

describe('slugs', () => {
  for (const slug of ['a', '7', 'red', 'error-correction', 'a--b', 'x'.repeat(63)]) it(`accepts ${slug}`, () => assert.equal(isSlug(slug), true));
  for (const slug of ['', '-a', 'a-', 'A', 'a_b', 'a.b', 'ä', 'a b', 'a\n', 'x'.repeat(64), '01900000-0000-7000-8000-000000000001']) {
    it(`refuses ${JSON.stringify(slug)}`, () => assert.equal(isSlug(slug), false));
  }
});
