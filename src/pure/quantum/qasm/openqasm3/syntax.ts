import type { Token } from '../lexer.js';

/** What a program says, before anything of it is looked up. Offsets are UTF-16 positions in the source. */

export type TypeName = 'bool' | 'bit' | 'int' | 'uint' | 'float' | 'angle' | 'complex';

export interface TypeSyntax {
  readonly name: TypeName;
  /** In brackets: digits, or of `bit` the number of them. */
  readonly size: Expression | null;
  readonly offset: number;
}

export type Expression = { readonly offset: number } & (
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'real'; readonly value: number; readonly imaginary: boolean }
  /** Digits in quotes, the highest first. */
  | { readonly kind: 'bits'; readonly digits: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'index'; readonly base: Expression; readonly index: Selection }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Expression[] }
  | { readonly kind: 'cast'; readonly type: TypeSyntax; readonly operand: Expression }
  | { readonly kind: 'measure'; readonly operand: Expression }
);

/** What stands in brackets behind a register, or after `in`. A missing end of a range is the register's. */
export type Selection =
  | { readonly kind: 'single'; readonly value: Expression }
  | { readonly kind: 'range'; readonly start: Expression | null; readonly step: Expression | null; readonly stop: Expression | null; readonly offset: number }
  | { readonly kind: 'set'; readonly values: readonly Expression[]; readonly offset: number };

export type Modifier =
  | { readonly kind: 'inv'; readonly offset: number }
  | { readonly kind: 'pow'; readonly exponent: Expression; readonly offset: number }
  | { readonly kind: 'ctrl' | 'negctrl'; readonly count: Expression | null; readonly offset: number };

export interface GateCall {
  readonly kind: 'gate-call';
  readonly name: Token;
  readonly modifiers: readonly Modifier[];
  readonly parameters: readonly Expression[];
  readonly operands: readonly Expression[];
}

/** A parameter of `def`: a classical value or qubits. */
export type DefParameter =
  | { readonly kind: 'value'; readonly type: TypeSyntax; readonly name: Token }
  | { readonly kind: 'qubits'; readonly size: Expression | null; readonly name: Token };

export interface GateSyntax {
  readonly kind: 'gate';
  readonly name: Token;
  readonly parameters: readonly Token[];
  readonly qubits: readonly Token[];
  readonly body: readonly Statement[];
}

export interface DefSyntax {
  readonly kind: 'def';
  readonly name: Token;
  readonly parameters: readonly DefParameter[];
  readonly returns: TypeSyntax | null;
  readonly body: readonly Statement[];
}

export interface SwitchCase {
  /** null: `default`. */
  readonly values: readonly Expression[] | null;
  readonly body: readonly Statement[];
}

/** How a variable gets its value: `const` when it is declared, `input` with the request, `output` is shown. */
export type Qualifier = 'const' | 'input' | 'output' | null;

export type Statement = { readonly offset: number } & (
  | { readonly kind: 'include'; readonly file: Token }
  | { readonly kind: 'qubits'; readonly size: Expression | null; readonly name: Token }
  | { readonly kind: 'declaration'; readonly qualifier: Qualifier; readonly type: TypeSyntax; readonly name: Token; readonly value: Expression | null }
  | { readonly kind: 'alias'; readonly name: Token; readonly parts: readonly Expression[] }
  | { readonly kind: 'assignment'; readonly target: Expression; readonly operator: string; readonly value: Expression }
  | { readonly kind: 'expression'; readonly value: Expression }
  | GateCall
  | GateSyntax
  | DefSyntax
  | { readonly kind: 'reset'; readonly operand: Expression }
  | { readonly kind: 'barrier'; readonly operands: readonly Expression[] }
  | { readonly kind: 'if'; readonly condition: Expression; readonly then: readonly Statement[]; readonly otherwise: readonly Statement[] }
  | { readonly kind: 'for'; readonly type: TypeSyntax; readonly name: Token; readonly over: Selection; readonly body: readonly Statement[] }
  | { readonly kind: 'while'; readonly condition: Expression; readonly body: readonly Statement[] }
  | { readonly kind: 'switch'; readonly value: Expression; readonly cases: readonly SwitchCase[] }
  | { readonly kind: 'block'; readonly body: readonly Statement[] }
  | { readonly kind: 'return'; readonly value: Expression | null }
  | { readonly kind: 'break' | 'continue' | 'end' | 'nothing' }
);

/** A statement of one kind. */
export type StatementOf<Kind extends Statement['kind']> = Extract<Statement, { readonly kind: Kind }>;
