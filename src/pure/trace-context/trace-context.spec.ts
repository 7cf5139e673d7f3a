import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatTraceparent, parseTraceContext } from './trace-context.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
/** The specification's own example (§3.2.3). */
const PARENT = `00-${TRACE}-${SPAN}-01`;
const CONTEXT = { traceId: TRACE, spanId: SPAN, sampled: true, random: false, state: null };

describe('traceparent', () => {
  it('gives trace, caller and flags', () => {
    assert.deepEqual(parseTraceContext([PARENT], []), CONTEXT);
    assert.deepEqual(parseTraceContext([`00-${TRACE}-${SPAN}-02`], []), { ...CONTEXT, sampled: false, random: true });
    assert.deepEqual(parseTraceContext([`00-${TRACE}-${SPAN}-00`], []), { ...CONTEXT, sampled: false });
  });

  it('of a later version is read as far as this one goes', () => {
    assert.deepEqual(parseTraceContext([`01-${TRACE}-${SPAN}-01`], []), CONTEXT);
    assert.deepEqual(parseTraceContext([`cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`], []), CONTEXT);
    assert.deepEqual(parseTraceContext([`00-${TRACE}-${SPAN}-ff`], []), { ...CONTEXT, random: true }, 'flags that nobody defined mean nothing');
  });

  const REFUSED = {
    'none': [],
    'two': [PARENT, PARENT],
    'nothing': [''],
    'version ff': [`ff-${TRACE}-${SPAN}-01`],
    'version 00 with more': [`${PARENT}-00`],
    'a later version with more and no dash': [`01-${TRACE}-${SPAN}-01x`],
    'a trace of zeros': [`00-${'0'.repeat(32)}-${SPAN}-01`],
    'a span of zeros': [`00-${TRACE}-${'0'.repeat(16)}-01`],
    'capitals': [PARENT.toUpperCase()],
    'a short trace': [`00-${TRACE.slice(1)}-${SPAN}-01`],
    'a long trace': [`00-${TRACE}0-${SPAN}-01`],
    'no hex': [`00-${TRACE.replace('4', 'g')}-${SPAN}-01`],
    'space around it': [` ${PARENT}`],
    'a line of its own behind it': [`${PARENT}\nforged`],
    'flags of one digit': [`00-${TRACE}-${SPAN}-1`],
  };
  for (const [what, parents] of Object.entries(REFUSED)) {
    it(`is ignored: ${what}`, () => assert.equal(parseTraceContext(parents, ['a=1']), null));
  }

  it('is written as it was read, for every trace', () => {
    const hex = (length: number): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length }).filter((text) => !/^0+$/.test(text));
    fc.assert(
      fc.property(hex(32), hex(16), fc.boolean(), fc.boolean(), (traceId, spanId, sampled, random) => {
        const context = { traceId, spanId, sampled, random, state: null };
        assert.deepEqual(parseTraceContext([formatTraceparent(context)], []), context);
      }),
    );
  });

  it('never throws, whatever is sent', () => {
    fc.assert(fc.property(fc.array(fc.string()), fc.array(fc.string()), (parents, states) => void parseTraceContext(parents, states)));
  });
});

describe('tracestate', () => {
  const stateOf = (...headers: readonly string[]): string | null => parseTraceContext([PARENT], headers)!.state;

  it('is handed on as it came', () => {
    assert.equal(stateOf('rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'), 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE');
    assert.equal(stateOf('fw529a3039@dt=FfAAAA;BB;CC, a*b/c-d_e=~'), 'fw529a3039@dt=FfAAAA;BB;CC,a*b/c-d_e=~');
  });

  it('of several headers is one list, with empty members left out', () => {
    assert.equal(stateOf('a=1, ,', '\tb=2 '), 'a=1,b=2');
    assert.equal(stateOf(Array.from({ length: 32 }, (_, at) => `k${at}=1`).join()), Array.from({ length: 32 }, (_, at) => `k${at}=1`).join());
  });

  const DROPPED = {
    'no member': [''],
    'a member without a value': ['a'],
    'an empty value': ['a='],
    'a key in capitals': ['A=1'],
    'a key twice': ['a=1,a=2'],
    'an equals sign in a value': ['a=1=2'],
    'a control character': ['a=1\x1b'],
    'letters beyond ASCII': ['a=ü'],
    'more than 32 members': [Array.from({ length: 33 }, (_, at) => `k${at}=1`).join()],
    'more than is carried on': [Array.from({ length: 8 }, (_, at) => `k${at}=${'x'.repeat(200)}`).join()],
  };
  for (const [what, headers] of Object.entries(DROPPED)) {
    it(`is dropped, and the parent kept: ${what}`, () => assert.deepEqual(parseTraceContext([PARENT], headers), CONTEXT));
  }
});
