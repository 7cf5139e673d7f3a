import type { Register } from '../circuit/circuit.js';
import { GATE_TABLE, gateNamed } from '../gates/gate-table.js';
import type { Applicable, OpaqueGate } from './gate-definition.js';
import type { Token } from './lexer.js';
import { nearestName } from './nearest-name.js';
import { QasmRefusal, quoted } from './qasm-error.js';

/** What a name stands for. */
export type Meaning =
  | { readonly kind: 'qreg'; readonly register: Register }
  | { readonly kind: 'creg'; readonly register: Register }
  | { readonly kind: 'gate'; readonly gate: Applicable | OpaqueGate };

const KIND_NAMES: Readonly<Record<Meaning['kind'], string>> = {
  qreg: 'a quantum register', creg: 'a classical register', gate: 'a gate',
};

/** The gates that need no include: the language's own. */
const PRIMITIVES: ReadonlyMap<string, Applicable> = new Map([
  ['U', { kind: 'built-in', record: gateNamed('u') }],
  ['CX', { kind: 'built-in', record: gateNamed('cx') }],
]);

/** First words of statements in OpenQASM 3: here they look like gates. */
const WORDS_OF_OPENQASM_3: ReadonlySet<string> = new Set(['qubit', 'bit', 'input', 'output', 'const', 'def', 'let', 'for', 'while', 'ctrl', 'negctrl', 'inv', 'pow', 'gphase']);

/**
 * What names stand for. Registers and gates share one name space, as in the reference implementation.
 *
 * Gates of qelib1.inc beyond the paper's (`swap`, `p`, `sx`, …) give way to a declaration of the program, since
 * programs older than those gates define them or name registers so; but not once the library's gate has been used,
 * when one name would come to mean two things.
 */
export class SymbolTable {
  private readonly declared = new Map<string, Meaning>();
  private readonly usedFromLibrary = new Set<string>();
  private libraryIncluded = false;

  /** Twice is once. The paper's gates must be free; a later one that is taken stays what the program made of it. */
  include(token: Token): void {
    if (token.text !== 'qelib1.inc') {
      throw new QasmRefusal('unknown-include', token.offset, `There is no file ${quoted(token.text)} here: only "qelib1.inc", which is built in.`, '"qelib1.inc"');
    }
    for (const [name, gate] of GATE_TABLE) {
      if (gate.origin === 'paper' && this.declared.has(name)) {
        throw new QasmRefusal('redefinition', token.offset, `The gate ${quoted(name)} of qelib1.inc cannot be included: the name was taken before.`);
      }
    }
    this.libraryIncluded = true;
  }

  declare(token: Token, meaning: Meaning): void {
    this.assertFree(token);
    this.declared.set(token.text, meaning);
  }

  /** Refuses a name that something already has. Asked before a definition's body is read, to point at the name. */
  assertFree(token: Token): void {
    const existing = this.declared.get(token.text);
    if (existing !== undefined) {
      throw new QasmRefusal('redefinition', token.offset, `${quoted(token.text)} is already the name of ${KIND_NAMES[existing.kind]}.`, 'a new name');
    }
    const library = this.libraryIncluded ? GATE_TABLE.get(token.text) : undefined;
    if (library === undefined) return;
    if (library.origin === 'paper') {
      throw new QasmRefusal('redefinition', token.offset, `${quoted(token.text)} is already a gate of qelib1.inc.`, 'a new name');
    }
    if (this.usedFromLibrary.has(token.text)) {
      throw new QasmRefusal('redefinition', token.offset, `${quoted(token.text)} has been used as the gate of qelib1.inc above.`, 'a new name');
    }
  }

  /** The gate of that name, ready to be applied. */
  gate(token: Token): Applicable {
    const meaning = this.declared.get(token.text);
    if (meaning === undefined) return this.libraryGate(token);
    if (meaning.kind !== 'gate') {
      throw new QasmRefusal('wrong-kind', token.offset, `${quoted(token.text)} is ${KIND_NAMES[meaning.kind]}, not a gate.`, 'a gate');
    }
    if (meaning.gate.kind === 'opaque') {
      throw new QasmRefusal('opaque-gate', token.offset, `The gate ${quoted(token.text)} is opaque: it has no definition, so it cannot be simulated.`);
    }
    return meaning.gate;
  }

  /** The register of that name and kind. A name that means something else says so, instead of being unknown. */
  register(token: Token, kind: 'qreg' | 'creg'): Register {
    const meaning = this.declared.get(token.text) ?? this.libraryMeaning(token.text);
    if (meaning === undefined) {
      const registers = [...this.declared].filter(([, known]) => known.kind === kind).map(([name]) => name);
      const hint = suggestion(nearestName(token.text, registers));
      throw new QasmRefusal('unknown-register', token.offset, `There is no register ${quoted(token.text)}.${hint}`, KIND_NAMES[kind]);
    }
    if (meaning.kind !== kind) {
      throw new QasmRefusal('wrong-kind', token.offset, `${quoted(token.text)} is ${KIND_NAMES[meaning.kind]}, not ${KIND_NAMES[kind]}.`, KIND_NAMES[kind]);
    }
    return meaning.register;
  }

  private libraryMeaning(name: string): Meaning | undefined {
    const primitive = PRIMITIVES.get(name);
    if (primitive !== undefined) return { kind: 'gate', gate: primitive };
    const record = this.libraryIncluded ? GATE_TABLE.get(name) : undefined;
    return record === undefined ? undefined : { kind: 'gate', gate: { kind: 'built-in', record } };
  }

  private libraryGate(token: Token): Applicable {
    const primitive = PRIMITIVES.get(token.text);
    if (primitive !== undefined) return primitive;
    const record = GATE_TABLE.get(token.text);
    if (record !== undefined && this.libraryIncluded) {
      this.usedFromLibrary.add(token.text);
      return { kind: 'built-in', record };
    }
    // The most frequent mistake of all deserves its own sentence: the gate is known, the include is missing.
    const hint = record !== undefined ? ' It is a gate of qelib1.inc: write include "qelib1.inc"; first.'
      : WORDS_OF_OPENQASM_3.has(token.text) ? ' It is a word of OpenQASM 3, and this is read as OpenQASM 2.0.'
      : suggestion(nearestName(token.text, this.gateNames()));
    throw new QasmRefusal('unknown-gate', token.offset, `There is no gate ${quoted(token.text)}.${hint}`, 'a gate');
  }

  private *gateNames(): Generator<string> {
    if (this.libraryIncluded) yield* GATE_TABLE.keys();
    for (const [name, meaning] of this.declared) {
      if (meaning.kind === 'gate') yield name;
    }
  }
}

function suggestion(name: string | null): string {
  return name === null ? '' : ` Did you mean ${quoted(name)}?`;
}
