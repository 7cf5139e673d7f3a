import type { Circuit, Condition, Operation } from '#pure/quantum/circuit/circuit.js';
import type { ClassicalExpression } from '#pure/quantum/circuit/classical-expression.js';
import { baseOf } from '#pure/quantum/gates/controlled-gates.js';
import { STANDARD_GATES } from '#pure/quantum/qasm/openqasm3/standard-gates.js';

/** Widths that run-time integers are printed with: as wide as the registers of the circuits that are printed here. */
const DIGITS = 64;

const OPERATORS: Readonly<Record<string, string>> = {
  add: '+', subtract: '-', multiply: '*', and: '&', or: '|', xor: '^', shiftLeft: '<<', shiftRight: '>>', equal: '==', less: '<', both: '&&', either: '||',
};
const PREFIXES: Readonly<Record<string, string>> = { complement: '~', negate: '-', not: '!' };

/**
 * A circuit as a program in OpenQASM 3, for circuits that came from one: matrices are printed as the gates and
 * modifiers that their labels say.
 */
export function printOpenQasm3(circuit: Circuit): string {
  const printer = new Printer(circuit);
  return printer.program();
}

class Printer {
  private phase: number;

  constructor(private readonly circuit: Circuit) {
    this.phase = circuit.globalPhase;
  }

  program(): string {
    const { quantumRegisters, classicalRegisters, hiddenBits, operations } = this.circuit;
    const output = hiddenBits > 0 ? 'output ' : '';
    const body = this.block(operations, '', true);
    return [
      'OPENQASM 3.0;', 'include "stdgates.inc";',
      ...quantumRegisters.map(({ name, size }) => `qubit[${size}] ${name};`),
      ...classicalRegisters.map(({ name, size }) => `${output}bit[${size}] ${name};`),
      ...(hiddenBits > 0 ? [`bit[${hiddenBits}] hidden_bits;`] : []),
      ...body, `gphase(${this.phase});`, '',
    ].join('\n');
  }

  /** Operations of one condition object are one `if`. */
  private block(operations: readonly Operation[], indent: string, isOutermost: boolean): string[] {
    const lines: string[] = [];
    let condition: Condition | null = null;
    for (const operation of operations) {
      const own = 'condition' in operation && !('body' in operation) && !('then' in operation) ? (operation.condition as Condition | null) : null;
      if (condition !== null && own !== condition) lines.push(`${indent}}`);
      if (own !== null && own !== condition) lines.push(`${indent}if (${this.condition(own)}) {`);
      condition = own;
      lines.push(...this.statement(operation, indent, isOutermost && own === null));
    }
    if (condition !== null) lines.push(`${indent}}`);
    return lines;
  }

  private statement(operation: Operation, indent: string, isOutermost: boolean): string[] {
    const inside = `${indent}  `;
    switch (operation.kind) {
      case 'gate': return [`${indent}${this.gate(operation.name, operation.parameters, isOutermost)} ${this.qubits(operation.qubits)};`];
      case 'unitary': return [`${indent}${operation.label} ${this.qubits(operation.qubits)};`];
      case 'measure': return [`${indent}${this.bits([operation.bit])} = measure ${this.qubits([operation.qubit])};`];
      case 'reset': return [`${indent}reset ${this.qubits([operation.qubit])};`];
      case 'barrier': return [`${indent}barrier ${this.qubits(operation.qubits)};`];
      case 'assign': return operation.bits.map((bit, i) => `${indent}${this.bits([bit])} = ${operation.value.kind === 'constant' ? (operation.value.value >> BigInt(i)) & 1n : this.expression(operation.value)};`);
      case 'branch': return [`${indent}if (${this.expression(operation.condition)}) {`, ...this.block(operation.then, inside, false), `${indent}} else {`, ...this.block(operation.otherwise, inside, false), `${indent}}`];
      case 'loop': return [`${indent}while (${this.expression(operation.condition)}) {`, ...this.block(operation.body, inside, false), `${indent}}`];
    }
  }

  private gate(name: string, parameters: readonly number[], isOutermost: boolean): string {
    const angles = parameters.length === 0 ? '' : `(${parameters.join(', ')})`;
    if (name === 'u') {
      if (isOutermost) this.phase -= (parameters[0] as number) / 2;
      return `U${angles}`;
    }
    if (name === 'sxdg') return 'inv @ sx';
    if (STANDARD_GATES.has(name) && name !== 'u2' && name !== 'u3') return `${name}${angles}`;
    const { base, controls } = baseOf(name);
    if (controls === 0) throw new RangeError(`stdgates.inc has no ${name}`);
    return `ctrl(${controls}) @ ${base}${angles}`;
  }

  private condition({ offset, size, value }: Condition): string {
    return `${this.bits(Array.from({ length: size }, (_, i) => offset + i))} == ${value}`;
  }

  private expression(expression: ClassicalExpression): string {
    switch (expression.kind) {
      case 'constant': return String(expression.value);
      case 'bits': return this.bits(expression.bits);
      case 'wrap': return `${expression.signed ? 'int' : 'uint'}[${expression.size}](${this.expression(expression.operand)})`;
      case 'operation': {
        const [left, right] = expression.operands.map((operand) => this.expression(operand));
        if (expression.operator === 'popcount') return `popcount(uint[${DIGITS}](${left}))`;
        return right === undefined ? `${PREFIXES[expression.operator]}(${left})` : `(${left} ${OPERATORS[expression.operator]} ${right})`;
      }
    }
  }

  private qubits(qubits: readonly number[]): string {
    return qubits.map((qubit) => this.element(this.circuit.quantumRegisters, qubit, '')).join(', ');
  }

  /** Of several, those of one register in order. */
  private bits(bits: readonly number[]): string {
    const { classicalBits, classicalRegisters } = this.circuit;
    const registers = [...classicalRegisters, { name: 'hidden_bits', offset: classicalBits, size: this.circuit.hiddenBits }];
    const [first] = bits as readonly [number];
    if (bits.length === 1) return this.element(registers, first, '');
    const register = registers.find(({ offset, size }) => offset <= first && first < offset + size);
    if (register === undefined) throw new RangeError('no such bit');
    return `${register.name}[{${bits.map((bit) => bit - register.offset).join(', ')}}]`;
  }

  private element(registers: Circuit['quantumRegisters'], index: number, otherwise: string): string {
    const register = registers.find(({ offset, size }) => offset <= index && index < offset + size);
    return register === undefined ? otherwise : `${register.name}[${index - register.offset}]`;
  }
}
