import type { GateRecord } from '../../gates/gate-record.js';
import type { Token } from '../lexer.js';
import { nearestName } from '../nearest-name.js';
import { QasmRefusal, quoted } from '../qasm-error.js';
import { CONSTANTS, isFunction } from './functions.js';
import type { DigitsCell, Place, RealCell } from './storage.js';
import type { DefSyntax, GateSyntax } from './syntax.js';
import type { DigitsType, Value } from './values.js';

/** A gate of the language or of stdgates.inc: one of the table, perhaps with a phase that its definition there has. */
export interface StandardGate {
  readonly kind: 'standard';
  readonly record: GateRecord;
  /** The gate is exp(i·phase) times the one of the table. */
  readonly phase: ((parameters: readonly number[]) => number) | null;
}

/** A gate that the program defines. */
export interface DefinedGate {
  readonly kind: 'defined';
  readonly syntax: GateSyntax;
  /** Operations that one application leaves at least: exact but for loops in the body, which are taken for one round. */
  readonly operations: number;
  /** 1 for a body of standard gates. */
  readonly depth: number;
}

export type Gate = StandardGate | DefinedGate;

/** Digits that a name or an index stands for. */
export interface DigitsVariable {
  readonly type: DigitsType;
  readonly places: readonly Place[];
  /** The variable, where the places are all of it in order. */
  readonly whole: DigitsCell | null;
}

export type Meaning =
  | { readonly kind: 'qubits'; readonly qubits: readonly number[]; readonly isRegister: boolean }
  | ({ readonly kind: 'digits' } & DigitsVariable)
  | { readonly kind: 'real'; readonly name: 'float' | 'complex'; readonly cell: RealCell }
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'gate'; readonly gate: Gate }
  | { readonly kind: 'subroutine'; readonly syntax: DefSyntax };

const KIND_NAMES: Readonly<Record<Meaning['kind'], string>> = {
  qubits: 'qubits', digits: 'a variable', real: 'a variable', constant: 'a constant', gate: 'a gate', subroutine: 'a subroutine',
};

export function describeMeaning({ kind }: Meaning): string {
  return KIND_NAMES[kind];
}

/** Names and what they stand for here; a scope inside hides names of the one around it. */
export class Scope {
  private readonly declared = new Map<string, Meaning>();

  /** @param sees which meanings of the scope around it show through: a gate's body does not see the program's variables */
  constructor(readonly outer: Scope | null, private readonly sees: (meaning: Meaning) => boolean = () => true) {}

  declare(token: Token, meaning: Meaning): void {
    this.assertFree(token);
    this.declared.set(token.text, meaning);
  }

  /** Refuses a name that this scope already has, or that the language has taken for ever. */
  assertFree(token: Token): void {
    const existing = this.declared.get(token.text);
    if (existing !== undefined) {
      throw new QasmRefusal('redefinition', token.offset, `${quoted(token.text)} is already the name of ${describeMeaning(existing)}.`, 'a new name');
    }
    if (CONSTANTS.has(token.text) || isFunction(token.text) || token.text === 'U') {
      throw new QasmRefusal('redefinition', token.offset, `${quoted(token.text)} is a name of the language's own.`, 'a new name');
    }
  }

  /** Names that were not asked for one by one: a library's. */
  declareAll(names: Iterable<readonly [string, Meaning]>, at: Token): void {
    for (const [name, meaning] of names) {
      if (this.declared.has(name)) throw new QasmRefusal('redefinition', at.offset, `The gate ${quoted(name)} of stdgates.inc cannot be included: the name was taken before.`);
      this.declared.set(name, meaning);
    }
  }

  find(name: string): Meaning | null {
    const meaning = this.declared.get(name);
    if (meaning !== undefined) return meaning;
    const beyond = this.outer?.find(name) ?? null;
    return beyond !== null && this.sees(beyond) ? beyond : null;
  }

  /** The refusal of a name that means nothing here, with what was probably meant. */
  unknown(name: string, offset: number, what: string, code: 'unknown-name' | 'unknown-gate' | 'unknown-register' = 'unknown-name'): QasmRefusal {
    const nearest = nearestName(name, this.names());
    const hint = nearest === null ? '' : ` Did you mean ${quoted(nearest)}?`;
    return new QasmRefusal(code, offset, `There is no ${what} ${quoted(name)} here.${hint}`, `a ${what}`);
  }

  private *names(): Generator<string> {
    yield* this.declared.keys();
    if (this.outer !== null) yield* this.outer.names();
  }
}
