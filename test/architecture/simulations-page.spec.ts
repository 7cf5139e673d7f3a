import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { METHOD_NAMES } from '#pure/quantum/methods/method-table.js';
import { CHANNELS, CHANNEL_TYPES, channelRecord } from '#pure/quantum/noise/channels.js';
import { OUTPUT_LIMITS } from '#pure/quantum/outputs/output-request.js';

describe('docs/simulations.md', () => {
  const page = readFileSync('docs/simulations.md', 'utf8');

  it('has a row for every method', () => {
    for (const name of METHOD_NAMES) assert.match(page, new RegExp(`^\\| \`${name}\` \\|`, 'm'), name);
  });

  it('names every channel of noise and its parameters', () => {
    assert.equal(CHANNEL_TYPES.length, Object.keys(CHANNELS).length);
    for (const type of CHANNEL_TYPES) {
      for (const name of [type, ...Object.keys(channelRecord(type).parameters)]) assert.ok(page.includes(`\`${name}\``), `${type}: ${name}`);
    }
  });

  it('gives the largest state vector that is told', () => {
    assert.ok(page.includes(`of up to ${OUTPUT_LIMITS.statevectorQubits} qubits, as little-endian doubles`));
  });
});
