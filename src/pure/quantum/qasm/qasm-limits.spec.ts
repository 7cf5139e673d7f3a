import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseOpenQasm2 } from './openqasm2.js';
import type { QasmLimits } from './qasm-limits.js';
import { exceedsUtf8Bytes } from './qasm-limits.js';

function codeOf(source: string, limits: Partial<QasmLimits> = {}): string {
  const parsed = parseOpenQasm2(source, limits);
  return parsed.ok ? 'ok' : parsed.error.code;
}

/** Fails when work is not bounded. An honest refusal takes a second at most; the margin is for a machine under load. */
function promptly<T>(deed: () => T): T {
  const start = performance.now();
  const value = deed();
  assert.ok(performance.now() - start < 60_000, 'took more than a minute');
  return value;
}

/** Each gate uses the one before it `factor` times: one line a level. */
function doubling(levels: number, leaf: string, factor = 2): string {
  const lines = [`gate g0 a { ${leaf} }`];
  for (let level = 1; level <= levels; level++) lines.push(`gate g${level} a { ${`g${level - 1} a; `.repeat(factor)}}`);
  return `include "qelib1.inc"; ${lines.join('\n')}\nqreg q[1];`;
}

describe('the limit on operations', () => {
  it('accepts a program at it and refuses one beyond it', () => {
    assert.equal(codeOf('qreg q[5]; U(0,0,0) q;', { operationsMax: 5 }), 'ok');
    assert.equal(codeOf('qreg q[6]; U(0,0,0) q;', { operationsMax: 5 }), 'too-many-operations');
    assert.equal(codeOf('qreg q[3]; creg c[3]; measure q->c; reset q;', { operationsMax: 5 }), 'too-many-operations');
    assert.equal(codeOf('qreg q[1]; barrier q; barrier q;', { operationsMax: 1 }), 'too-many-operations');
  });

  it('counts operations inside definitions, and says where the gate is applied', () => {
    const parsed = parseOpenQasm2(`${doubling(3, 'h a;')}\ng3 q[0];`, { operationsMax: 7 });
    assert.deepEqual(!parsed.ok && [parsed.error.code, parsed.error.line, parsed.error.column], ['too-many-operations', 6, 1]);
    assert.equal(codeOf(`${doubling(3, 'h a;')} g3 q[0];`, { operationsMax: 8 }), 'ok');
  });

  it('refuses a bomb of 2^90 operations before expanding any of it', () => {
    assert.equal(promptly(() => codeOf(`${doubling(90, 'h a;')} g90 q[0];`)), 'too-many-operations');
  });

  it('refuses a bomb beyond the largest double', () => {
    assert.equal(promptly(() => codeOf(`${doubling(99, 'h a;', 5000)} g99 q[0];`)), 'too-many-operations');
  });

  it('lets a bomb be defined, as long as nobody lights it', () => {
    assert.equal(promptly(() => codeOf(doubling(90, 'h a;'))), 'ok');
  });

  it('does no exponential work for gates that do nothing', () => {
    assert.equal(promptly(() => codeOf(`${doubling(90, '')} g90 q[0];`)), 'ok');
  });

  it('refuses a definition whose angles are long, applied often', () => {
    const long = `a${'+a'.repeat(50_000)}`;
    const source = `gate g(a) x { U(${long},0,0) x; } gate k(a) x { ${'g(a) x; '.repeat(500)} } qreg q[1]; ${'k(1) q[0]; '.repeat(500)}`;
    assert.equal(promptly(() => codeOf(source)), 'too-many-operations');
  });

  it('refuses wide barriers, wide conditions and wide empty gates in great number', () => {
    const registers = `qreg q[1000]; creg c[4096]; `;
    assert.equal(promptly(() => codeOf(registers + 'barrier q,q,q,q;'.repeat(100_000))), 'too-many-operations');
    assert.equal(promptly(() => codeOf(registers + 'if(c==1)U(0,0,0)q[0];'.repeat(100_000))), 'too-many-operations');
    const names = Array.from({ length: 501 }, (_, i) => `a${i}`).join(',');
    const operands = Array.from({ length: 500 }, (_, i) => `q[${i}]`).join(',');
    assert.equal(promptly(() => codeOf(`qreg q[500]; qreg r[500]; gate wide ${names} {} ${`wide ${operands},r;`.repeat(1000)}`)), 'too-many-operations');
  });
});

describe('the other limits', () => {
  it('measure the source in UTF-8 bytes', () => {
    assert.equal(codeOf('// aaaa', { sourceBytesMax: 7 }), 'ok');
    assert.equal(codeOf('// aaaaa', { sourceBytesMax: 7 }), 'program-too-large');
    assert.equal(codeOf('// äa', { sourceBytesMax: 6 }), 'ok');
    assert.equal(codeOf('// ää', { sourceBytesMax: 6 }), 'program-too-large');
    assert.equal(codeOf('// 💥', { sourceBytesMax: 7 }), 'ok');
    assert.equal(codeOf('// 💥', { sourceBytesMax: 6 }), 'program-too-large');
  });

  for (const text of ['', 'a', 'ä', '€', '💥', 'a€💥ä', '\ud800', '\udc00a', '\ud83d\ud83d']) {
    it(`count ${JSON.stringify(text)} as an encoder does`, () => {
      const bytes = new TextEncoder().encode(text).length;
      assert.equal(exceedsUtf8Bytes(text, bytes), false);
      assert.equal(exceedsUtf8Bytes(text, bytes - 1), true);
    });
  }

  it('bound qubits and bits over all registers together', () => {
    assert.equal(codeOf('qreg a[2]; qreg b[2];', { qubitsMax: 4 }), 'ok');
    assert.equal(codeOf('qreg a[2]; qreg b[3];', { qubitsMax: 4 }), 'too-many-qubits');
    assert.equal(codeOf('creg a[2]; creg b[2];', { classicalBitsMax: 4 }), 'ok');
    assert.equal(codeOf('creg a[2]; creg b[3];', { classicalBitsMax: 4 }), 'too-many-bits');
  });

  it('hold against 50,000-deep nesting of every kind, whatever limit the caller names', () => {
    for (const nestingMax of [1, 100, 1e9]) {
      const deep = (open: string, close: string) => promptly(() => codeOf(`qreg q[1]; U(${open.repeat(50_000)}1${close.repeat(50_000)},0,0) q[0];`, { nestingMax }));
      assert.equal(deep('(', ')'), 'nesting-too-deep');
      assert.equal(deep('sin(', ')'), 'nesting-too-deep');
      assert.equal(deep('-', ''), 'nesting-too-deep');
      assert.equal(deep('2^', ''), 'nesting-too-deep');
      assert.equal(deep('1+(', ')'), 'nesting-too-deep');
    }
  });
});
