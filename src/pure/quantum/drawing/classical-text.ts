import type { ClassicalExpression, ClassicalOperator } from '../circuit/classical-expression.js';
import type { Condition, Register } from '../circuit/circuit.js';
import { elided } from './xml-text.js';

/** Of one caption: longer expressions are cut in the middle. */
const CAPTION_CHARACTERS_MAX = 48;
const NUMBER_CHARACTERS_MAX = 14;

/** How the operators are written, in the notation of OpenQASM 3. */
const SIGNS: Readonly<Record<ClassicalOperator, string>> = {
  add: '+', subtract: '-', multiply: '*', and: '&', or: '|', xor: '^', shiftLeft: '<<', shiftRight: '>>',
  equal: '==', less: '<', both: '&&', either: '||', complement: '~', negate: '-', not: '!', popcount: 'popcount',
};

/** Names of classical bits, as somebody wrote them: `c`, `c[2]`, `c[0:3]`; hidden ones are `var[…]`. */
export function bitsText(bits: readonly number[], registers: readonly Register[]): string {
  const first = bits[0];
  if (first === undefined) return '{}';
  const isRun = bits.every((bit, i) => bit === first + i);
  if (!isRun) return `{${bits.slice(0, 4).map((bit) => bitsText([bit], registers)).join(', ')}${bits.length > 4 ? ', …' : ''}}`;
  const home = registers.find(({ offset, size }) => first >= offset && first + bits.length <= offset + size);
  if (home === undefined) return bits.length === 1 ? `var[${first}]` : `var[${first}:${first + bits.length - 1}]`;
  const from = first - home.offset;
  if (bits.length === home.size) return home.name;
  return bits.length === 1 ? `${home.name}[${from}]` : `${home.name}[${from}:${from + bits.length - 1}]`;
}

/** `!(a == b)`, which people write as `a != b`. */
function invertedEquality({ operator, operands: [operand] }: ClassicalExpression & { kind: 'operation' }): readonly ClassicalExpression[] | null {
  return operator === 'not' && operand?.kind === 'operation' && operand.operator === 'equal' ? operand.operands : null;
}

/** Stops as soon as the caption is full, so that an expression of a thousand operators costs no more than it shows. */
function write(expression: ClassicalExpression, registers: readonly Register[], room: number, isInner: boolean): string {
  if (room <= 0) return '…';
  switch (expression.kind) {
    case 'constant':
      return elided(String(expression.value), NUMBER_CHARACTERS_MAX);
    case 'bits':
      return bitsText(expression.bits, registers);
    case 'wrap':
      return write(expression.operand, registers, room, isInner);
    case 'operation': {
      const inverted = invertedEquality(expression);
      if (inverted !== null) return inverted.map((side) => write(side, registers, room / 2, true)).join(' != ');
      const [a, b] = expression.operands;
      const sign = SIGNS[expression.operator];
      const left = a === undefined ? '' : write(a, registers, room - 4, true);
      if (b === undefined) return sign.length > 1 ? `${sign}(${left})` : `${sign}${left}`;
      const both = `${left} ${sign} ${write(b, registers, room - 4 - left.length, true)}`;
      return isInner ? `(${both})` : both;
    }
  }
}

export function expressionText(expression: ClassicalExpression, registers: readonly Register[]): string {
  return elided(write(expression, registers, CAPTION_CHARACTERS_MAX, false), CAPTION_CHARACTERS_MAX);
}

export function conditionText({ offset, size, value }: Condition, registers: readonly Register[]): string {
  const bits = Array.from({ length: size }, (_, i) => offset + i);
  return `${bitsText(bits, registers)} == ${elided(String(value), NUMBER_CHARACTERS_MAX)}`;
}
