import type { Token } from '../lexer.js';
import { QasmRefusal, quoted } from '../qasm-error.js';
import type { QasmLimits } from '../qasm-limits.js';
import type { TokenReader } from '../token-reader.js';
import { ExpressionParser, TYPE_NAMES } from './expression-parser.js';
import { refusedFeature } from './refused-features.js';
import type { DefParameter, Expression, Modifier, Qualifier, Selection, Statement, SwitchCase, TypeSyntax } from './syntax.js';

const ASSIGNMENTS: ReadonlySet<string> = new Set(['=', '+=', '-=', '*=', '/=', '%=', '**=', '&=', '|=', '^=', '<<=', '>>=']);
const MODIFIERS: ReadonlySet<string> = new Set(['inv', 'pow', 'ctrl', 'negctrl']);

type Rule = (this: StatementParser, offset: number) => Statement;

/** Reads statements, one for each call: the grammar of the specification, without calibration and timing. */
export class StatementParser {
  private readonly expressions: ExpressionParser;
  private depth = 0;

  constructor(private readonly tokens: TokenReader, private readonly limits: QasmLimits) {
    this.expressions = new ExpressionParser(tokens, limits.nestingMax);
  }

  parse(): Statement {
    if (++this.depth > this.limits.nestingMax) {
      throw new QasmRefusal('nesting-too-deep', this.tokens.peek().offset, `Statements may nest ${this.limits.nestingMax} levels deep.`);
    }
    const statement = this.statement();
    this.depth--;
    return statement;
  }

  private statement(): Statement {
    // Annotations and pragmas are for tools that know them; nothing here does, and they do not change what a program means.
    const isAnnotated = this.skipAnnotations();
    const token = this.tokens.peek();
    const { offset } = token;
    if (isAnnotated && (token.kind === 'directive' || this.tokens.atSymbol('{'))) throw this.tokens.unexpected('the statement that is annotated');
    if (token.kind === 'directive') {
      this.tokens.next();
      return { kind: 'nothing', offset };
    }
    if (this.tokens.atSymbol('{')) return { kind: 'block', body: this.block(), offset };
    if (token.kind === 'keyword') {
      const rule = RULES[token.text];
      if (rule !== undefined) return rule.call(this, offset);
      if (TYPE_NAMES.has(token.text)) return this.declaration(null, offset);
      if (MODIFIERS.has(token.text)) return this.gateCall(offset);
      const refused = refusedFeature(token);
      if (refused !== null) throw refused;
    }
    if (token.kind === 'end' || (token.kind === 'symbol' && !['(', '-', '!', '~'].includes(token.text))) throw this.tokens.unexpected('a statement');
    return this.expressionOrCall(offset);
  }

  private skipAnnotations(): boolean {
    let isAnnotated = false;
    for (let token = this.tokens.peek(); token.kind === 'directive' && token.text.startsWith('@'); token = this.tokens.peek()) {
      isAnnotated = true;
      this.tokens.next();
    }
    return isAnnotated;
  }

  /** `{ … }`, or the one statement that stands for it. */
  private body(): readonly Statement[] {
    return this.tokens.atSymbol('{') ? this.block() : [this.parse()];
  }

  private block(): readonly Statement[] {
    this.tokens.needSymbol('{');
    const statements: Statement[] = [];
    while (!this.tokens.takeSymbol('}')) statements.push(this.parse());
    return statements;
  }

  end(): void {
    this.tokens.needSymbol(';');
  }

  private designator(): Expression | null {
    if (!this.tokens.takeSymbol('[')) return null;
    const size = this.expressions.parse();
    this.tokens.needSymbol(']');
    return size;
  }

  include(offset: number): Statement {
    this.tokens.next();
    const file = this.tokens.peek();
    if (file.kind !== 'string') throw this.tokens.unexpected('"stdgates.inc" in quotes');
    this.tokens.next();
    this.end();
    return { kind: 'include', file, offset };
  }

  qubits(offset: number): Statement {
    this.tokens.next();
    const size = this.designator();
    const name = this.tokens.needName('a name for the qubits');
    this.end();
    return { kind: 'qubits', size, name, offset };
  }

  /** `qreg q[2];` and `creg c[2];`, of version 2. */
  oldRegister(offset: number): Statement {
    const word = this.tokens.next();
    const name = this.tokens.needName('a name for the register');
    const size = this.designator();
    this.end();
    if (word.text === 'qreg') return { kind: 'qubits', size, name, offset };
    return { kind: 'declaration', qualifier: null, type: { name: 'bit', size, offset }, name, value: null, offset };
  }

  qualified(offset: number): Statement {
    return this.declaration(this.tokens.next().text as Qualifier, offset);
  }

  private declaration(qualifier: Qualifier, offset: number): Statement {
    const type = this.expressions.parseType();
    // `int(3);` is an expression, which is of no use as a statement.
    if (this.tokens.atSymbol('(')) throw this.tokens.unexpected('a name for the variable');
    const name = this.tokens.needName('a name for the variable');
    const value = this.tokens.takeSymbol('=') ? this.expressions.parse() : null;
    if (qualifier === 'const' && value === null) throw this.tokens.unexpected('"=" and the value of the constant');
    if ((qualifier === 'input' || qualifier === 'output') && value !== null) throw new QasmRefusal('syntax-error', value.offset, `An ${qualifier} cannot be given a value where it is declared.`, '";"');
    this.end();
    return { kind: 'declaration', qualifier, type, name, value, offset };
  }

  alias(offset: number): Statement {
    this.tokens.next();
    const name = this.tokens.needName('a name for the alias');
    this.tokens.needSymbol('=');
    const parts: Expression[] = [];
    do parts.push(this.expressions.parse());
    while (this.tokens.takeSymbol('++'));
    this.end();
    return { kind: 'alias', name, parts, offset };
  }

  gate(offset: number): Statement {
    this.tokens.next();
    const name = this.tokens.needName('a name for the gate');
    const parameters = this.tokens.takeSymbol('(') ? this.names(')', 'a name for a parameter') : [];
    const qubits = this.names('{', 'a name for a qubit');
    if (qubits.length === 0) throw this.tokens.unexpected('a name for a qubit');
    return { kind: 'gate', name, parameters, qubits, body: this.block(), offset };
  }

  /** Names up to a symbol; `)` is taken with them, `{` is left. */
  private names(close: ')' | '{', what: string): readonly Token[] {
    const names: Token[] = [];
    while (!this.tokens.atSymbol(close)) {
      const name = this.tokens.needName(what);
      if (names.some(({ text }) => text === name.text)) throw new QasmRefusal('redefinition', name.offset, `${quoted(name.text)} is named twice in this definition.`, 'a new name');
      names.push(name);
      if (!this.tokens.takeSymbol(',')) break;
    }
    if (!this.tokens.atSymbol(close)) throw this.tokens.unexpected(`"," or "${close}"`);
    if (close === ')') this.tokens.next();
    return names;
  }

  def(offset: number): Statement {
    this.tokens.next();
    const name = this.tokens.needName('a name for the subroutine');
    this.tokens.needSymbol('(');
    const parameters: DefParameter[] = [];
    while (!this.tokens.atSymbol(')')) {
      parameters.push(this.defParameter());
      if (!this.tokens.takeSymbol(',')) break;
    }
    this.tokens.needSymbol(')');
    const returns = this.tokens.takeSymbol('->') ? this.expressions.parseType() : null;
    return { kind: 'def', name, parameters, returns, body: this.block(), offset };
  }

  private defParameter(): DefParameter {
    if (this.tokens.takeKeyword('qubit')) {
      const size = this.designator();
      return { kind: 'qubits', size, name: this.tokens.needName('a name for the qubits') };
    }
    if (this.tokens.atKeyword('qreg') || this.tokens.atKeyword('creg')) return this.oldParameter();
    const type = this.expressions.parseType();
    return { kind: 'value', type, name: this.tokens.needName('a name for the parameter') };
  }

  private oldParameter(): DefParameter {
    const word = this.tokens.next();
    const name = this.tokens.needName('a name for the parameter');
    const size = this.designator();
    return word.text === 'qreg' ? { kind: 'qubits', size, name } : { kind: 'value', type: { name: 'bit', size, offset: word.offset }, name };
  }

  gateCall(offset: number): Statement {
    const modifiers: Modifier[] = [];
    for (let token = this.tokens.peek(); token.kind === 'keyword' && MODIFIERS.has(token.text); token = this.tokens.peek()) {
      // Each is applied inside of the one before.
      if (modifiers.length === this.limits.nestingMax) throw new QasmRefusal('nesting-too-deep', token.offset, `A gate may have ${this.limits.nestingMax} modifiers.`);
      modifiers.push(this.modifier());
    }
    const name = this.tokens.peek();
    if (!this.tokens.takeKeyword('gphase')) this.tokens.needName('a gate');
    return this.restOfGateCall(name, modifiers, offset);
  }

  private modifier(): Modifier {
    const { text, offset } = this.tokens.next();
    if (text === 'inv') {
      this.tokens.needSymbol('@');
      return { kind: 'inv', offset };
    }
    if (text === 'pow') this.tokens.needSymbol('(');
    else if (!this.tokens.takeSymbol('(')) {
      this.tokens.needSymbol('@');
      return { kind: text as 'ctrl' | 'negctrl', count: null, offset };
    }
    const value = this.expressions.parse();
    this.tokens.needSymbol(')');
    this.tokens.needSymbol('@');
    return text === 'pow' ? { kind: 'pow', exponent: value, offset } : { kind: text as 'ctrl' | 'negctrl', count: value, offset };
  }

  private restOfGateCall(name: Token, modifiers: readonly Modifier[], offset: number): Statement {
    const parameters = this.tokens.takeSymbol('(') ? this.expressions.parseList(')') : [];
    if (this.tokens.atSymbol('[')) throw timedGate(this.tokens.peek().offset);
    const operands = this.tokens.atSymbol(';') ? [] : this.operands();
    this.end();
    return { kind: 'gate-call', name, modifiers, parameters, operands, offset };
  }

  private operands(): readonly Expression[] {
    const operands: Expression[] = [];
    do {
      if (operands.length > 0 && this.tokens.atSymbol(';')) break;
      operands.push(this.expressions.parse());
    } while (this.tokens.takeSymbol(','));
    if (!this.tokens.atSymbol(';')) throw this.tokens.unexpected('"," or ";"');
    return operands;
  }

  /** A statement that begins with a name or a value: only what follows it says what it is. */
  private expressionOrCall(offset: number): Statement {
    const name = this.tokens.peek();
    const value = this.expressions.parse();
    const next = this.tokens.peek();
    const isName = value.kind === 'name' || value.kind === 'call';
    if (isName && (next.kind === 'name' || next.kind === 'hardware-qubit' || this.tokens.atSymbol('['))) {
      const call = this.restOfGateCall(name, [], offset);
      return value.kind === 'call' ? { ...call, parameters: value.arguments } as Statement : call;
    }
    // `rx(1)[100ns] q;` reads like an element of something.
    if (value.kind === 'index' && next.kind === 'name') throw timedGate(offset);
    if (next.kind === 'symbol' && ASSIGNMENTS.has(next.text)) {
      this.tokens.next();
      return this.assignment(value, next.text, offset);
    }
    if (value.kind === 'measure' && this.tokens.takeSymbol('->')) {
      const target = this.expressions.parse();
      this.end();
      return { kind: 'assignment', target, operator: '=', value, offset };
    }
    if (!this.tokens.atSymbol(';')) throw this.tokens.unexpected(isName ? 'qubits, "=" or ";"' : 'an operator or ";"');
    this.end();
    return { kind: 'expression', value, offset };
  }

  private assignment(target: Expression, operator: string, offset: number): Statement {
    const value = this.expressions.parse();
    this.end();
    return { kind: 'assignment', target, operator, value, offset };
  }

  reset(offset: number): Statement {
    this.tokens.next();
    const operand = this.expressions.parse();
    this.end();
    return { kind: 'reset', operand, offset };
  }

  barrier(offset: number): Statement {
    this.tokens.next();
    const operands = this.tokens.atSymbol(';') ? [] : this.operands();
    this.end();
    return { kind: 'barrier', operands, offset };
  }

  private condition(): Expression {
    this.tokens.needSymbol('(');
    const condition = this.expressions.parse();
    this.tokens.needSymbol(')');
    return condition;
  }

  if(offset: number): Statement {
    this.tokens.next();
    const condition = this.condition();
    const then = this.body();
    return { kind: 'if', condition, then, otherwise: this.tokens.takeKeyword('else') ? this.body() : [], offset };
  }

  for(offset: number): Statement {
    this.tokens.next();
    const type: TypeSyntax = this.expressions.parseType();
    const name = this.tokens.needName('a name for the loop variable');
    if (!this.tokens.takeKeyword('in')) throw this.tokens.unexpected('"in"');
    const over = this.loopRange();
    return { kind: 'for', type, name, over, body: this.body(), offset };
  }

  private loopRange(): Selection {
    const { offset } = this.tokens.peek();
    if (this.tokens.takeSymbol('[')) return this.expressions.parseSelection();
    if (this.tokens.takeSymbol('{')) return { kind: 'set', values: this.expressions.parseList('}'), offset };
    return { kind: 'single', value: this.expressions.parse() };
  }

  while(offset: number): Statement {
    this.tokens.next();
    const condition = this.condition();
    return { kind: 'while', condition, body: this.body(), offset };
  }

  switch(offset: number): Statement {
    this.tokens.next();
    const value = this.condition();
    this.tokens.needSymbol('{');
    const cases: SwitchCase[] = [];
    while (!this.tokens.takeSymbol('}')) {
      const last = cases.at(-1);
      if (last !== undefined && last.values === null) throw this.tokens.unexpected('"}": default comes last');
      if (this.tokens.takeKeyword('default')) cases.push({ values: null, body: this.block() });
      else if (this.tokens.takeKeyword('case')) cases.push({ values: this.caseValues(), body: this.block() });
      else throw this.tokens.unexpected('"case", "default" or "}"');
    }
    if (cases.length === 0) throw new QasmRefusal('syntax-error', offset, 'A switch needs at least one case.', '"case" or "default"');
    return { kind: 'switch', value, cases, offset };
  }

  private caseValues(): readonly Expression[] {
    const values: Expression[] = [];
    do values.push(this.expressions.parse());
    while (this.tokens.takeSymbol(',') && !this.tokens.atSymbol('{'));
    return values;
  }

  return(offset: number): Statement {
    this.tokens.next();
    const value = this.tokens.atSymbol(';') ? null : this.expressions.parse();
    this.end();
    return { kind: 'return', value, offset };
  }

  jump(offset: number): Statement {
    const { text } = this.tokens.next();
    this.end();
    return { kind: text as 'break' | 'continue' | 'end', offset };
  }

  /** `nop q;` does nothing to what it names. */
  nop(offset: number): Statement {
    this.tokens.next();
    const operands = this.tokens.atSymbol(';') ? [] : this.operands();
    const other = operands.find(({ kind }) => kind !== 'name' && kind !== 'index');
    if (other !== undefined) throw new QasmRefusal('syntax-error', other.offset, 'Only qubits can be left alone.', 'qubits');
    this.end();
    return { kind: 'nothing', offset };
  }
}

function timedGate(offset: number): QasmRefusal {
  return new QasmRefusal('not-supported', offset, 'Timing is not supported: a gate cannot be given a duration.');
}

const { prototype: parser } = StatementParser;

/** By the word that a statement begins with. */
const RULES: Readonly<Record<string, Rule>> = {
  include: parser.include, qubit: parser.qubits, qreg: parser.oldRegister, creg: parser.oldRegister,
  const: parser.qualified, input: parser.qualified, output: parser.qualified,
  let: parser.alias, gate: parser.gate, def: parser.def, gphase: parser.gateCall,
  reset: parser.reset, barrier: parser.barrier, nop: parser.nop,
  if: parser.if, for: parser.for, while: parser.while, switch: parser.switch,
  return: parser.return, break: parser.jump, continue: parser.jump, end: parser.jump,
};
