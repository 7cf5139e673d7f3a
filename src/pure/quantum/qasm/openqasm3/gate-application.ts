import { QasmRefusal, quoted } from '../qasm-error.js';
import type { CircuitOutput } from './circuit-output.js';
import type { Evaluator } from './evaluator.js';
import type { Primitive, PrimitiveSink } from './primitive.js';
import { MATRIX_QUBITS_MAX, gatePrimitive, inverted, matrixOf, matrixPower, phasePrimitive, powerOfOne, qubitsOf } from './primitive.js';
import type { DefinedGate, Gate } from './scope.js';
import { Scope } from './scope.js';
import { STANDARD_GATES, BUILT_IN_U } from './standard-gates.js';
import { binary } from './operators.js';
import type { Expression, GateCall, Modifier, Statement } from './syntax.js';
import type { FloatValue } from './values.js';
import { finite, integerOf, realOf } from './values.js';

/** A modifier with its number computed. */
export type KnownModifier =
  | { readonly kind: 'inv' }
  | { readonly kind: 'pow'; readonly exponent: number }
  | { readonly kind: 'ctrl' | 'negctrl'; readonly count: number };

/** A gate ready to be applied; null stands for `gphase`. */
export interface Application {
  readonly gate: Gate | null;
  readonly name: string;
  readonly parameters: readonly number[];
  readonly modifiers: readonly KnownModifier[];
}

/** Up to so many gates a power is written out; beyond it, and where it is small enough, it becomes one matrix. */
const WRITTEN_OUT_MAX = 64;

/** What it takes to enter a definition, in charged nodes: names have to be given their meanings. */
const DEFINITION_WORK = 24;
const MODIFIER_WORK = 16;

/** The gate that a name stands for; null for `gphase`. */
export function gateOf({ name }: GateCall, scope: Scope): Gate | null {
  if (name.kind === 'keyword') return null;
  if (name.text === 'U') return BUILT_IN_U;
  const meaning = scope.find(name.text);
  if (meaning?.kind === 'gate') return meaning.gate;
  if (meaning === null) {
    if (!STANDARD_GATES.has(name.text)) throw scope.unknown(name.text, name.offset, 'gate', 'unknown-gate');
    throw new QasmRefusal('unknown-gate', name.offset, `There is no gate ${quoted(name.text)}. It is a gate of stdgates.inc: write include "stdgates.inc"; first.`, 'a gate');
  }
  throw new QasmRefusal('wrong-kind', name.offset, `${quoted(name.text)} is not a gate.`, 'a gate');
}

export function parameterCountOf(gate: Gate | null): number {
  return gate === null ? 1 : gate.kind === 'standard' ? gate.record.parameters.length : gate.syntax.parameters.length;
}

export function qubitCountOf(gate: Gate | null): number {
  return gate === null ? 0 : gate.kind === 'standard' ? gate.record.qubits : gate.syntax.qubits.length;
}

/** Turns applications of gates with modifiers into primitives. Definitions were checked when they were made. */
export class GateApplication {
  constructor(private readonly evaluator: Evaluator, private readonly output: CircuitOutput, private readonly globals: Scope) {}

  /** Modifiers with their numbers, and how many controls they add. */
  modifiers(modifiers: readonly Modifier[], scope: Scope): { readonly known: readonly KnownModifier[]; readonly controls: number } {
    let controls = 0;
    const known = modifiers.map((modifier): KnownModifier => {
      if (modifier.kind === 'inv') return { kind: 'inv' };
      if (modifier.kind === 'pow') {
        return { kind: 'pow', exponent: this.exponent(modifier.exponent, scope) };
      }
      const count = modifier.count === null ? 1n : integerOf(this.evaluator.evaluate(modifier.count, scope), modifier.count.offset, 'The number of controls');
      if (count < 1n || count > 1_000_000n) throw new QasmRefusal('value-out-of-range', modifier.offset, 'The number of controls is at least 1.', 'a number of 1 or more');
      controls += Number(count);
      return { kind: modifier.kind, count: Number(count) };
    });
    return { known, controls };
  }

  /** `pow(1/2)` is a half, as the specification's own gates mean it; elsewhere 1/2 divides integers. */
  private exponent(expression: Expression, scope: Scope): number {
    const { offset } = expression;
    if (expression.kind === 'unary' && expression.operator === '-') return -this.exponent(expression.operand, scope);
    const real = (operand: Expression): FloatValue => ({ kind: 'float', value: realOf(this.evaluator.evaluate(operand, scope), operand.offset, 'An exponent') });
    const isFraction = expression.kind === 'binary' && expression.operator === '/';
    return finite(realOf(isFraction ? binary('/', real(expression.left), real(expression.right), offset) : real(expression), offset), offset).value;
  }

  /** Gives the sink what applying the gate to `qubits` means, controls first. */
  apply(application: Application, qubits: readonly number[], sink: PrimitiveSink, offset: number): void {
    this.modified(application, 0, qubits, sink, offset);
  }

  private modified(application: Application, at: number, qubits: readonly number[], sink: PrimitiveSink, offset: number): void {
    const modifier = application.modifiers[at];
    if (modifier !== undefined) this.output.charge(0, MODIFIER_WORK, offset);
    const inner = (on: readonly number[], into: PrimitiveSink) => this.modified(application, at + 1, on, into, offset);
    switch (modifier?.kind) {
      case undefined:
        this.expand(application, qubits, sink, offset);
        break;
      case 'inv':
        for (const primitive of this.collect((into) => inner(qubits, into), offset).toReversed()) inverted(primitive).forEach(sink);
        break;
      case 'pow':
        this.power(modifier.exponent, application, at, this.collect((into) => inner(qubits, into), offset), sink, offset);
        break;
      case 'ctrl':
      case 'negctrl': {
        const controls = qubits.slice(0, modifier.count);
        const flip = () => {
          if (modifier.kind === 'negctrl') for (const control of controls) sink(gatePrimitive('x', [], [control]));
        };
        flip();
        inner(qubits.slice(modifier.count), (primitive) => sink({ ...primitive, controls: [...controls, ...primitive.controls] }));
        flip();
      }
    }
  }

  private expand({ gate, parameters, name }: Application, qubits: readonly number[], sink: PrimitiveSink, offset: number): void {
    this.output.charge(0, gate?.kind === 'defined' ? DEFINITION_WORK + qubits.length : 1, offset);
    if (gate === null) {
      sink(phasePrimitive(parameters[0] as number));
    } else if (gate.kind === 'standard') {
      if (gate.phase !== null) sink(phasePrimitive(gate.phase(parameters)));
      sink(gatePrimitive(gate.record.name, parameters, qubits));
    } else {
      // Before anything of it is built: a definition can stand for more gates than there are atoms.
      this.output.charge(gate.operations, 0, offset);
      this.body(gate, parameters, qubits, sink, offset, name);
    }
  }

  private body({ syntax }: DefinedGate, parameters: readonly number[], qubits: readonly number[], sink: PrimitiveSink, offset: number, name: string): void {
    const scope = new Scope(this.globals, (meaning) => meaning.kind === 'gate' || meaning.kind === 'constant');
    syntax.parameters.forEach((token, i) => scope.declare(token, { kind: 'constant', value: { kind: 'float', value: parameters[i] as number } }));
    syntax.qubits.forEach((token, i) => scope.declare(token, { kind: 'qubits', qubits: [qubits[i] as number], isRegister: false }));
    this.statements(syntax.body, scope, sink, offset, name);
  }

  private statements(statements: readonly Statement[], scope: Scope, sink: PrimitiveSink, offset: number, name: string): void {
    for (const statement of statements) {
      this.output.charge(0, 1, offset);
      if (statement.kind === 'for') this.loop(statement, scope, sink, offset, name);
      else if (statement.kind === 'block') this.statements(statement.body, new Scope(scope), sink, offset, name);
      else if (statement.kind === 'gate-call') this.call(statement, scope, sink, offset, name);
    }
  }

  private loop(statement: Extract<Statement, { kind: 'for' }>, scope: Scope, sink: PrimitiveSink, offset: number, name: string): void {
    this.evaluator.forEach(statement, scope, (value) => {
      const round = new Scope(scope);
      round.declare(statement.name, { kind: 'constant', value });
      this.statements(statement.body, round, sink, offset, name);
      return true;
    });
  }

  private call(call: GateCall, scope: Scope, sink: PrimitiveSink, offset: number, within: string): void {
    const gate = gateOf(call, scope);
    const parameters = call.parameters.map((expression) => {
      try {
        return realOf(this.evaluator.evaluate(expression, scope), expression.offset, 'An angle');
      } catch (refusal) {
        if (!(refusal instanceof QasmRefusal) || refusal.code !== 'parameter-not-finite') throw refusal;
        // The definition is right; it is what it was given here.
        throw new QasmRefusal('parameter-not-finite', offset, `With these parameters, an angle in the definition of ${quoted(within)} has no finite value.`);
      }
    });
    const { known, controls } = this.modifiers(call.modifiers, scope);
    const qubits = call.operands.map((operand) => {
      const meaning = operand.kind === 'name' ? scope.find(operand.name) : null;
      return (meaning as { readonly qubits: readonly number[] }).qubits[0] as number;
    });
    assertQubitCount(gate, call, controls, qubits.length);
    this.apply({ gate, name: call.name.text, parameters, modifiers: known }, qubits, sink, offset);
  }

  private collect(build: (sink: PrimitiveSink) => void, offset: number): readonly Primitive[] {
    const primitives: Primitive[] = [];
    build((primitive) => {
      // What waits here counts as if it were in the circuit: it takes as much memory.
      if (primitives.push(primitive) > this.output.operationsMax) this.output.charge(Infinity, 0, offset);
    });
    return primitives;
  }

  private power(exponent: number, application: Application, at: number, inner: readonly Primitive[], sink: PrimitiveSink, offset: number): void {
    const isWhole = Number.isInteger(exponent);
    const [single] = inner;
    const direct = inner.length === 1 && single !== undefined ? powerOfOne(single, exponent) : null;
    if (direct !== null) return sink(direct);
    const rounds = Math.abs(exponent);
    if (exponent === 0 || inner.length === 0) return;
    const qubits = qubitsOf(inner);
    if (isWhole && (inner.length * rounds <= WRITTEN_OUT_MAX || qubits.length > MATRIX_QUBITS_MAX)) return this.repeat(inner, exponent, sink, offset);
    if (qubits.length > MATRIX_QUBITS_MAX) {
      throw new QasmRefusal('not-supported', offset, `A fraction of a gate can be taken of ${MATRIX_QUBITS_MAX} qubits; this one acts on ${qubits.length}.`, 'a whole exponent');
    }
    // Multiplying and diagonalising are cubic, and worth many gates.
    this.output.charge(0, inner.length * 4 ** qubits.length + 16 * 8 ** qubits.length, offset);
    if (qubits.length === 0) return sink(phasePrimitive(scalarPower(inner, exponent)));
    sink({ kind: 'matrix', label: labelOf(application, at), matrix: matrixPower(matrixOf(inner, qubits), exponent), qubits, controls: [] });
  }

  private repeat(inner: readonly Primitive[], exponent: number, sink: PrimitiveSink, offset: number): void {
    const round = exponent > 0 ? inner : inner.toReversed().flatMap((primitive) => inverted(primitive));
    const rounds = Math.abs(exponent);
    this.output.charge(round.length * rounds, round.length * rounds, offset);
    for (let i = 0; i < rounds; i++) round.forEach(sink);
  }
}

/** Phases alone: the angle of their product, in (-π, π], times the exponent. */
function scalarPower(phases: readonly Primitive[], exponent: number): number {
  const sum = phases.reduce((angle, phase) => angle + (phase.kind === 'phase' ? phase.angle : 0), 0);
  return Number.isInteger(exponent) ? sum * exponent : (sum - Math.ceil(sum / (2 * Math.PI) - 0.5) * 2 * Math.PI) * exponent;
}

/** How the program writes it, with all numbers: equal labels on as many qubits have equal matrices. */
function labelOf({ modifiers, name, parameters }: Application, from: number): string {
  const written = modifiers.slice(from).map((modifier) => {
    if (modifier.kind === 'inv') return 'inv @ ';
    return modifier.kind === 'pow' ? `pow(${modifier.exponent}) @ ` : `${modifier.kind}(${modifier.count}) @ `;
  });
  return `${written.join('')}${name}${parameters.length === 0 ? '' : `(${parameters.join(', ')})`}`;
}

export function assertParameterCount(gate: Gate | null, { name, parameters }: GateCall): void {
  const needed = parameterCountOf(gate);
  if (parameters.length === needed) return;
  throw new QasmRefusal('wrong-parameter-count', name.offset, `The gate ${quoted(name.text)} takes ${count(needed, 'parameter')}, not ${parameters.length}.`, count(needed, 'parameter'));
}

export function assertQubitCount(gate: Gate | null, { name }: GateCall, controls: number, given: number): void {
  const needed = qubitCountOf(gate) + controls;
  if (given === needed) return;
  const withControls = controls === 0 ? '' : ` with ${count(controls, 'control')}`;
  throw new QasmRefusal('wrong-qubit-count', name.offset, `The gate ${quoted(name.text)}${withControls} takes ${count(needed, 'qubit')}, not ${given}.`, count(needed, 'qubit'));
}

function count(number: number, noun: string): string {
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`;
}
