import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ThreadPool } from '#platform/threads/thread-pool.js';
import type { DrawingOrder } from './render.js';

/** Of six qubits: 4096 entries of six characters, each an object of its own once it is parsed. */
const WIDE = { matrix: Array.from({ length: 64 }, () => Array.from({ length: 64 }, () => [0, 0])), qubits: [0, 1, 2, 3, 4, 5] };
const ONE = { matrix: [[[0.5, 0], [0.5, 0]], [[0.5, 0], [0.5, 0]]], qubits: [0] };

describe('drawings of results', () => {
  it('take memory for what is drawn, and none for the other circuits of the job', async () => {
    const other = { counts: { '0': 1 }, densityMatrices: Array<object>(250).fill(WIDE) };
    const result = Buffer.from(JSON.stringify({ results: [other, other, other, { counts: { '1': 5 }, densityMatrices: [ONE] }] }));
    const pool = new ThreadPool<DrawingOrder, string | null>({ taskFile: new URL('./render.js', import.meta.url), size: 1, resourceLimits: { maxOldGenerationSizeMb: 64 } });
    try {
      const draw = (kind: 'histogram' | 'bloch', item: number): Promise<string | null> => pool.run({ kind, title: 'x', result, item });
      assert.match((await draw('bloch', 3))!, /qubit 0/);
      assert.match((await draw('histogram', 3))!, />1</);
      assert.match((await draw('histogram', 0))!, />0</);
      assert.equal(pool.health().lost, 0);
    } finally {
      await pool.close();
    }
  });
});
