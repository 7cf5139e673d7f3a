import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalJsonBytes } from '../canonical-json/canonical-json.js';
import { mergeResults, mergeShares, type Share } from './merge-results.js';
import type { Method } from './methods/method-table.js';
import { NOISELESS, parseNoise } from './noise/noise-model.js';
import { parseOpenQasm2 } from './qasm/openqasm2.js';
import { simulate, type SimulationResult } from './simulate.js';

/** fast-check prints it with every failure, together with the path to the smallest case. */
const RUNS = { seed: 20261123, numRuns: 60 };
const QUBITS = 3;

const qubit = fc.nat(QUBITS - 1);
const pair = fc.shuffledSubarray([...Array(QUBITS).keys()], { minLength: 2, maxLength: 2 });
const clifford = fc.oneof(
  fc.tuple(fc.constantFrom('h', 's', 'x'), qubit).map(([gate, at]) => `${gate} q[${at}];`),
  pair.map(([a, b]) => `cx q[${a}],q[${b}];`),
  fc.tuple(qubit, qubit).map(([at, bit]) => `measure q[${at}] -> c[${bit}];`),
  qubit.map((at) => `reset q[${at}];`),
  fc.tuple(fc.nat(7), qubit).map(([value, at]) => `if(c==${value}) x q[${at}];`),
);
const statement = fc.oneof({ weight: 4, arbitrary: clifford }, { weight: 2, arbitrary: fc.tuple(fc.double({ min: -3, max: 3, noNaN: true }), qubit).map(([angle, at]) => `ry(${angle.toFixed(6)}) q[${at}];`) });
const noise = fc.constantFrom(null, { channels: [{ type: 'depolarizing', probability: 0.2 }] }, { channels: [{ type: 'amplitude-damping', gamma: 0.3, qubits: [1] }], readout: [{ p01: 0.1, p10: 0.2 }] });

interface Run {
  readonly statements: readonly string[];
  readonly method: Method | 'automatic';
  readonly noise: object | null;
  readonly shots: number;
  /** Where the shots are cut. */
  readonly cuts: readonly number[];
}

const run: fc.Arbitrary<Run> = fc.integer({ min: 2, max: 60 }).chain((shots) =>
  fc.oneof(
    fc.record({ statements: fc.array(statement, { minLength: 1, maxLength: 14 }), method: fc.constantFrom<Method[]>('statevector', 'sparse', 'matrix-product-state'), noise: fc.constant(null), shots: fc.constant(shots), cuts: fc.array(fc.integer({ min: 1, max: shots - 1 }), { maxLength: 4 }) }),
    fc.record({ statements: fc.array(clifford, { minLength: 1, maxLength: 20 }), method: fc.constant<Method>('stabilizer'), noise: fc.constant(null), shots: fc.constant(shots), cuts: fc.array(fc.integer({ min: 1, max: shots - 1 }), { maxLength: 4 }) }),
    fc.record({ statements: fc.array(statement, { minLength: 1, maxLength: 10 }), method: fc.constantFrom<(Method | 'automatic')[]>('trajectories', 'automatic'), noise, shots: fc.constant(shots), cuts: fc.array(fc.integer({ min: 1, max: shots - 1 }), { maxLength: 4 }) }),
  ));

function simulated({ statements, method, noise: model }: Run, firstShot: number, shots: number): SimulationResult {
  const parsed = parseOpenQasm2(`OPENQASM 2.0; include "qelib1.inc"; qreg q[${QUBITS}]; creg c[${QUBITS}]; ${statements.join('\n')} measure q[0] -> c[0];`);
  assert.ok(parsed.ok);
  const read = model === null ? { ok: true as const, value: NOISELESS } : parseNoise(model, QUBITS);
  assert.ok(read.ok);
  const outputs = { counts: true, memory: true, statevector: false, probabilities: [], densityMatrices: [], expectations: [] };
  const result = simulate(parsed.circuit, { firstShot, shots, seed: 11, precision: 'double', method, noise: read.value, outputs });
  assert.ok(typeof result !== 'string', String(result));
  return result;
}

function sharesOf(asked: Run): readonly Share[] {
  const edges = [...new Set([0, ...asked.cuts, asked.shots])].sort((a, b) => a - b);
  return edges.slice(1).map((end, i) => ({ firstShot: edges[i]!, result: simulated(asked, edges[i]!, end - edges[i]!) }));
}

const text = (value: object): string => canonicalJsonBytes(value).toString('utf8');

describe('merging what shares of a run gave', () => {
  it('is the run in one piece, byte by byte, wherever its shots are cut', () => {
    fc.assert(fc.property(run, (asked) => {
      assert.equal(text(mergeResults(sharesOf(asked), asked.shots)), text(simulated(asked, 0, asked.shots)));
    }), RUNS);
  });

  it('makes no difference how shares are grouped, nor in which order they come', () => {
    fc.assert(fc.property(run, fc.nat(), fc.infiniteStream(fc.boolean()), (asked, split, coins) => {
      const shares = sharesOf(asked);
      const at = split % shares.length;
      const grouped = [shares.slice(0, at), shares.slice(at)].filter((group) => group.length > 0).map((group) => mergeShares(group));
      const turned = coins.next().value === true ? grouped.reverse() : grouped;
      assert.equal(text(mergeShares(turned)), text(mergeShares(shares)));
    }), { ...RUNS, numRuns: 20 });
  });

  const share = (firstShot: number, over: Partial<SimulationResult> = {}): Share => ({
    firstShot,
    result: { counts: { 0: 3, 1: 2 }, shots: 5, seed: 7, method: 'statevector', precision: 'double', engineVersion: '2', kernelVariant: 'wasm-fused', ...over },
  });
  const REFUSED: readonly (readonly [what: string, shares: readonly Share[], why: RegExp])[] = [
    ['nothing', [], /nothing to merge/],
    ['shots that are missing between two', [share(0), share(6)], /the shots from 5 on are missing/],
    ['shots that are there twice', [share(0), share(4)], /the shots from 4 on are there twice/],
    ['shots that are missing at the beginning', [share(5)], /shots 5 to 9, not 0 to 9/],
    ['shots that are missing at the end', [share(0)], /shots 0 to 4, not 0 to 9/],
    ['another seed', [share(0), share(5, { seed: 8 })], /differ in their seed/],
    ['another method', [share(0), share(5, { method: 'sparse' })], /differ in their method/],
    ['another version of the engine', [share(0), share(5, { engineVersion: '3' })], /differ in their engineVersion/],
    ['a memory that only some have', [share(0, { memory: [] }), share(5)], /some shares have a memory/],
    ['expectations, which are those of one state', [share(0, { expectations: [1] }), share(5)], /read off the state/],
  ];
  for (const [what, shares, why] of REFUSED) it(`refuses ${what}`, () => assert.throws(() => mergeResults(shares, 10), why));

  it('gives a single share as it is, whatever is in it', () => {
    const { result } = share(0, { expectations: [0.5], discardedWeight: 0.1 });
    assert.deepEqual(mergeResults([{ firstShot: 0, result }], 5), result);
  });

  it('names all forms of arithmetic that took part, and the most that any history has lost', () => {
    const merged = mergeResults([share(0, { discardedWeight: 0.1 }), share(5, { kernelVariant: 'wasm-unfused', discardedWeight: 0.3 })], 10);
    assert.deepEqual([merged.kernelVariant, merged.discardedWeight, merged.counts], ['wasm-fused+wasm-unfused', 0.3, { 0: 6, 1: 4 }]);
  });
});
