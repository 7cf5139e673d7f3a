import { HALF_CHUNK_BYTES } from '../geometry.js';
import { LANES, LANE_WORDS, ROTATE, ROTATION_WORDS, TURN } from '../operation-records.js';
import type { Code, Local } from './instructions.js';
import { get, i32, loopWhile, repeat, sequence, set, v128 } from './instructions.js';
import type { KernelArithmetic, KernelParameters } from './kernel-arithmetic.js';
import { factorsFor, parityOf, word } from './kernel-arithmetic.js';
import type { FunctionScope } from './module-builder.js';

/** Offsets of the four vectors of a chunk: re, re, im, im. */
const HALVES = [0, HALF_CHUNK_BYTES] as const;
const VECTORS = [0, 16] as const;

/** Runs `body` on each chunk that the record's Gray code visits. */
function forVisitedChunks(scope: FunctionScope, { record, block }: KernelParameters, body: (chunk: Local) => Code): Code {
  const [chunk, i, iterations, steps] = [scope.local('i32'), scope.local('i32'), scope.local('i32'), scope.local('i32')];
  return sequence(
    set(chunk, get(block)),
    set(i, i32.constant(0)),
    set(iterations, word(record, ROTATE.iterations)),
    set(steps, word(record, ROTATE.steps)),
    repeat(
      sequence(
        body(chunk),
        set(i, i32.add(get(i), i32.constant(1))),
        set(chunk, i32.xor(get(chunk), i32.load(i32.add(get(steps), i32.shiftLeft(i32.countTrailingZeros(get(i)), i32.constant(2)))))),
      ),
      i32.lessUnsigned(get(i), get(iterations)),
    ),
  );
}

/** A pair of vectors side by side: written so that the runtime may make one of 256 bits of them. */
interface Pair {
  readonly low: Local;
  readonly high: Local;
}

function pair(scope: FunctionScope): Pair {
  return { low: scope.local('v128'), high: scope.local('v128') };
}

function each(p: Pair): readonly [Local, Local] {
  return [p.low, p.high];
}

function loadPair(p: Pair, address: Code, offset: number): Code {
  return sequence(...each(p).map((local, k) => set(local, v128.load(address, offset + (VECTORS[k] as number)))));
}

/**
 * The higher vector first: where the lower comes first, V8 stores it twice, alone before the pair, so that memory is as
 * it should be when the higher store traps. That would be half of all a kernel's stores, which are what bounds it.
 */
function storePair(p: Pair, address: Code, offset: number): Code {
  return sequence(v128.store(address, get(p.high), offset + VECTORS[1]), v128.store(address, get(p.low), offset + VECTORS[0]));
}

/** a' = a - t·b, b' = b + t·a: one fused instruction a real number and rotation. */
function shear({ multiplyAdd, negatedMultiplyAdd }: KernelArithmetic, a: Pair, b: Pair, t: Pair, spare: Pair): Code {
  const step = (k: 0 | 1): Code => {
    const [x, y, factor, turned] = [each(a)[k], each(b)[k], each(t)[k], each(spare)[k]];
    return sequence(
      set(turned, negatedMultiplyAdd(get(factor), get(y), get(x))),
      set(y, multiplyAdd(get(factor), get(x), get(y))),
      set(x, get(turned)),
    );
  };
  return sequence(step(0), step(1));
}

/** Up to three rotations of whole chunks in one sweep: 2^count chunks are loaded, turned `count` times, and stored. */
export function rotate(arithmetic: KernelArithmetic, count: number) {
  return (scope: FunctionScope, parameters: KernelParameters): Code => {
    const { record, number } = parameters;
    const offsets = Array.from({ length: count }, () => scope.local('i32'));
    const factors = Array.from({ length: count }, () => pair(scope));
    const address = scope.local('i32');
    const addresses = Array.from({ length: 1 << count }, () => scope.local('i32'));
    const values = Array.from({ length: 1 << count }, () => pair(scope));
    const spare = pair(scope);
    const setup = offsets.flatMap((offset, k) => {
      const at = ROTATE.rotations + k * ROTATION_WORDS.count;
      return sequence(
        set(offset, word(record, at + ROTATION_WORDS.offset)),
        set(address, factorsFor(record, number, at + ROTATION_WORDS.blockTest, at + ROTATION_WORDS.factors)),
        loadPair(factors[k] as Pair, get(address), 0),
      );
    });
    const shears = offsets.flatMap((_, k) => addresses.flatMap((__, subset) =>
      ((subset >> k) & 1) === 1 ? [] : shear(arithmetic, values[subset] as Pair, values[subset | (1 << k)] as Pair, factors[k] as Pair, spare)));
    return sequence(setup, forVisitedChunks(scope, parameters, (chunk) => sequence(
      set(addresses[0] as Local, get(chunk)),
      ...addresses.slice(1).map((to, i) => {
        const subset = i + 1;
        const top = 31 - Math.clz32(subset);
        return set(to, i32.xor(get(addresses[subset ^ (1 << top)] as Local), get(offsets[top] as Local)));
      }),
      ...HALVES.map((half) => sequence(
        ...values.map((value, subset) => loadPair(value, get(addresses[subset] as Local), half)),
        shears,
        ...values.map((value, subset) => storePair(value, get(addresses[subset] as Local), half)),
      )),
    )));
  };
}

/** One rotation that exchanges lanes: each vector takes its factor times its partner's shuffled lanes. */
export function turn(arithmetic: KernelArithmetic, isPair: boolean) {
  return (scope: FunctionScope, parameters: KernelParameters): Code => {
    const { record, number, block } = parameters;
    const [offset, test, factors, halfSwap, flip, partner, here, there] = Array.from({ length: 8 }, () => scope.local('i32')) as unknown as
      readonly [Local, Local, Local, Local, Local, Local, Local, Local];
    const shuffle = scope.local('v128');
    const [first, second] = [pair(scope), pair(scope)];
    const results: Pair[] = [pair(scope), pair(scope)];
    const added = (into: Pair, own: Pair, from: Local, half: number, table: Local): Code => sequence(...([0, 1] as const).map((k) => {
      const vector = VECTORS[k];
      const other = v128.load(i32.xor(i32.add(get(from), i32.constant(half + vector)), get(halfSwap)));
      return set(each(into)[k], arithmetic.multiplyAdd(v128.load(get(table), vector), v128.relaxedSwizzle(other, get(shuffle)), get(each(own)[k])));
    }));
    return sequence(
      set(offset, word(record, TURN.offset)),
      set(test, word(record, TURN.chunkTest)),
      set(factors, factorsFor(record, number, TURN.blockTest, TURN.factors)),
      set(halfSwap, word(record, TURN.halfSwap)),
      set(flip, word(record, TURN.partnerFlip)),
      set(shuffle, v128.load(word(record, TURN.laneShuffle))),
      forVisitedChunks(scope, parameters, (chunk) => sequence(
        set(partner, i32.xor(get(chunk), get(offset))),
        // Factors for either parity lie 32 bytes apart on a boundary of 64, so that XOR passes from one to the other.
        set(here, i32.xor(get(factors), i32.shiftLeft(parityOf(i32.and(i32.xor(get(chunk), get(block)), get(test))), i32.constant(5)))),
        set(there, i32.xor(get(here), get(flip))),
        ...HALVES.map((half) => sequence(
          loadPair(first, get(chunk), half),
          isPair ? loadPair(second, get(partner), half) : [],
          added(results[0] as Pair, first, partner, half, here),
          isPair ? added(results[1] as Pair, second, chunk, half, there) : [],
          storePair(results[0] as Pair, get(chunk), half),
          isPair ? storePair(results[1] as Pair, get(partner), half) : [],
        )),
      )),
    );
  };
}

/**
 * Rotations by single lane bits, all of `subset` in one sweep; the one between the vectors of a pair first, since a
 * runtime that packs pairs can load one with its vectors exchanged and cannot exchange them later.
 */
export function turnLanes(arithmetic: KernelArithmetic, subset: number) {
  return (scope: FunctionScope, { record, number, block }: KernelParameters): Code => {
    const halfBit = arithmetic.laneBits - 1;
    const bits = Array.from({ length: arithmetic.laneBits }, (_, bit) => bit).filter((bit) => (subset >> bit) & 1);
    const factors = bits.map(() => pair(scope));
    const [address, chunk, end] = [scope.local('i32'), scope.local('i32'), scope.local('i32')];
    const [value, partner] = [pair(scope), pair(scope)];
    const turned = (k: number): Code => sequence(...([0, 1] as const).map((v) =>
      set(each(value)[v], arithmetic.multiplyAdd(get(each(factors[k] as Pair)[v]), get(each(partner)[v]), get(each(value)[v])))));
    const exchanged = (bit: number, half: number): Code => sequence(...([0, 1] as const).map((v) =>
      set(each(partner)[v], bit === halfBit ? v128.load(get(chunk), half + VECTORS[1 - v as 0 | 1]) : arithmetic.exchange(get(each(value)[v]), 1 << bit))));
    return sequence(
      ...bits.map((_, k) => {
        const at = LANES.rotations + k * LANE_WORDS.count;
        return sequence(
          set(address, factorsFor(record, number, at + LANE_WORDS.blockTest, at + LANE_WORDS.factors)),
          loadPair(factors[k] as Pair, get(address), 0),
        );
      }),
      set(chunk, get(block)),
      set(end, i32.add(get(block), i32.shiftLeft(word(record, LANES.chunks), i32.constant(6)))),
      loopWhile(i32.lessUnsigned(get(chunk), get(end)), sequence(
        ...HALVES.map((half) => sequence(
          loadPair(value, get(chunk), half),
          ...bits.toReversed().map((bit, k) => sequence(exchanged(bit, half), turned(bits.length - 1 - k))),
          storePair(value, get(chunk), half),
        )),
        set(chunk, i32.add(get(chunk), i32.constant(64))),
      )),
    );
  };
}
