import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { Lexer } from '#pure/quantum/qasm/openqasm3/lexer.js';
import { parseOpenQasm3 } from '#pure/quantum/qasm/openqasm3/openqasm3.js';
import { StatementParser } from '#pure/quantum/qasm/openqasm3/statement-parser.js';
import { DEFAULT_QASM_LIMITS } from '#pure/quantum/qasm/qasm-limits.js';
import { QasmRefusal } from '#pure/quantum/qasm/qasm-error.js';
import { TokenReader } from '#pure/quantum/qasm/token-reader.js';
import { Grammar } from './grammar.js';
import { PRELUDE, REFUSED } from './refused-programs.js';
import { drawsOf, mutated, Sentences } from './sentences.js';

/*
 * The parser against a grammar that ANTLR reads, so that both would have to be wrong in the same way. The grammar beside
 * this file is this project's own, after the prose of the specification: no package carries the one that is published
 * with it. So it shows where the parser and its authors' reading of the language part, and not where that reading is wrong.
 */
const SEED = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31);
const PROGRAMS = 150;
const MUTANTS_OF_EACH = 4;

const TEXTS: Readonly<Record<string, readonly string[]>> = {
  NAME: ['q', 'c', 'a', 'b', 'v', 'h', 'cx', 'rz', 'sin', 'π', '_x1', 'Δt'],
  DIGITS: ['0', '3', '1_000', '007'],
  RADIX: ['0x1F', '0b1_01', '0o17', '0XaB', '0B1'],
  FRACTION: ['1.5', '.5', '2.', '1e3', '2.5E-1', '1_0.0_1e+0_2'],
  IMAGINARY: ['2im', '1.5 im'],
  BITS: ['"01"', '"1_0"'],
  QUOTED: ['"stdgates.inc"', "'other.inc'"],
  PRAGMA: ['\n#pragma one two\n', '\npragma one\n'],
  ANNOTATION: ['\n@known\n', '\n@known.well because of it\n'],
};

/** What is put in where it may not belong: all words and signs, those of what is refused too. */
const POOL = [
  ...Object.values(TEXTS).flat(), ...';,:(){}[]@+-*/%~!<>=&|^$#.?'.split(''), '->', '++', '**', '==', '!=', '<=', '>>', '&&', '||', '+=', '**=', '>>=',
  ...'OPENQASM include def gate let if else for while in switch case default end return input const qubit qreg creg bit int uint float bool complex angle gphase inv pow ctrl measure reset barrier true nop box'.split(' '),
];

/** Read as syntax, refused for what they say: two names alike, an order of cases, a component that is no float; and a cast for its own sake. */
const NOT_OF_SYNTAX = /^(A switch needs at least one case|The parts of a complex number|Expected "}": default comes last|Expected a name for the variable, found "\(")/;

/** The parser's refusal of the syntax alone, names and types unasked; null: none. */
function refusalOf(source: string): QasmRefusal | null {
  try {
    const tokens = new TokenReader(new Lexer(source));
    const statements = new StatementParser(tokens, DEFAULT_QASM_LIMITS);
    if (tokens.takeKeyword('OPENQASM')) {
      if (!['integer', 'real'].includes(tokens.next().kind)) throw tokens.unexpected('a version');
      tokens.needSymbol(';');
    }
    while (tokens.peek().kind !== 'end') statements.parse();
    return null;
  } catch (refusal) {
    if (refusal instanceof QasmRefusal) return refusal;
    throw refusal;
  }
}

/** A statement that begins with `pow(` is a gate to the parser, though it may be a call of the function for its own sake. */
const POWER_ALONE = /(?:^|[;:{})\n]|else) *pow \(/;

const isOfSyntax = (refusal: QasmRefusal | null): boolean => refusal?.code === 'syntax-error' && !NOT_OF_SYNTAX.test(refusal.message);

describe(`OpenQASM 3 by the parser and by a grammar (seed ${SEED})`, () => {
  let grammar: Grammar;
  let programs: readonly (readonly string[])[];

  before(() => {
    grammar = Grammar.compile('test/conformance/openqasm/OpenQasm3Subset.g4');
    const [sentences, draw] = [new Sentences(grammar.rules.atn, grammar.rules.vocabulary, TEXTS), drawsOf(SEED)];
    programs = Array.from({ length: PROGRAMS }, () => sentences.draw(draw));
  });

  it('is read from its first token on, also in the first program', () => {
    const fresh = Grammar.compile('test/conformance/openqasm/OpenQasm3Subset.g4');
    assert.equal(fresh.complaintAbout('{ a; }'), null);
    assert.match(fresh.complaintAbout('{ { a; }') ?? '', /^1:8 /);
  });

  it('is the same language: what the grammar makes, both read', () => {
    for (const program of programs) {
      const source = program.join(' ');
      assert.equal(grammar.complaintAbout(source), null, source);
      assert.equal(isOfSyntax(refusalOf(source)) && !POWER_ALONE.test(source), false, `${refusalOf(source)?.message}\n${source}`);
    }
  });

  it('is the same language: of what was changed by a token, both read the same', () => {
    const draw = drawsOf(SEED + 1);
    const told = { read: 0, refused: 0, later: 0 };
    for (const program of programs) {
      for (let i = 0; i < MUTANTS_OF_EACH; i++) {
        const source = mutated(program, POOL, draw).join(' ');
        const [complaint, refusal] = [grammar.complaintAbout(source), refusalOf(source)];
        if (refusal?.code === 'not-supported' || refusal?.code === 'redefinition' || POWER_ALONE.test(source)) continue;
        if (complaint === null) assert.equal(isOfSyntax(refusal), false, `${refusal?.message}\n${source}`);
        // The parser reads some expressions where only a name may stand, in order to say more about them than "unexpected".
        else if (refusal === null) assert.equal(parseOpenQasm3(`${PRELUDE}\n${source}`).ok, false, `${complaint}\n${source}`);
        told[complaint === null ? 'read' : refusal === null ? 'later' : 'refused']++;
      }
    }
    assert.ok(told.read > 30 && told.refused > 300 && told.later < told.refused / 10, JSON.stringify(told));
  });

  for (const [code, marked] of Object.entries(REFUSED)) {
    if (code === 'not-supported') continue;
    it(`is the same language in the programs that are refused as ${code}`, () => {
      for (const program of marked) {
        const source = `${program.startsWith('!') ? '' : `${PRELUDE}\n`}${program.replace(/^!/, '').replace('‸', '')}`;
        const [complaint, refusal] = [grammar.complaintAbout(source), refusalOf(source)];
        if (complaint === null) assert.equal(isOfSyntax(refusal), false, source);
        if (isOfSyntax(refusal)) assert.notEqual(complaint, null, source);
      }
    });
  }
});
