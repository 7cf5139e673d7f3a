import { isInside, type Network, networkIn } from '../network/cidr.js';
import { type AttributeType, type Condition, isVariable, not, type Operator, type Span, type Truth, type Value } from './condition.js';
import { cast, type Comparable, type Fact, type Facts, factOf, Address, type Circumstances, typeOf, valueOfVariable } from './facts.js';
import { type Node, nodeOf } from './node.js';
import { isWithin, networksOf, OPERATORS, spanOf } from './operators.js';

/** Whether the condition holds of these facts; unknown (null) where what is there does not settle it. */
export function truthOf(condition: Condition, facts: Facts): Truth {
  return truthOfNode(nodeOf(condition), facts);
}

export function truthOfNode(node: Node, facts: Facts): Truth {
  if (node.kind === 'test') return truthOfTest(node.operator, node.operand, factOf(facts, node.attribute), facts);
  const decisive = node.kind === 'any';
  let isKnown = true;
  for (const part of node.parts) {
    const truth = truthOfNode(part, facts);
    if (truth === decisive) return decisive;
    isKnown &&= truth !== null;
  }
  return isKnown ? !decisive : null;
}

/** The value as something of this type; null where it is none. */
export function operandOf(type: AttributeType, value: Value, asking: Circumstances): Comparable | null {
  return cast(type, isVariable(value) ? valueOfVariable(value, asking) : value);
}

interface Asked {
  readonly type: AttributeType;
  readonly fact: Comparable;
  readonly value: Fact;
  readonly asking: Circumstances;
}

const compared =
  (compare: (fact: Comparable, operand: Comparable) => boolean) =>
  (operand: unknown, { type, fact, asking }: Asked): Truth => {
    const other = operandOf(type, operand as Value, asking);
    return other === null ? null : compare(fact, other);
  };

const equal = compared((fact, operand) => fact === operand);

function among(operand: unknown, asked: Asked): Truth {
  let isKnown = true;
  for (const each of operand as readonly Value[]) {
    const truth = equal(each, asked);
    if (truth === true) return true;
    isKnown &&= truth !== null;
  }
  return isKnown ? false : null;
}

/** Networks by how rules write them: there are few, and taking one apart takes longer than the rest of a decision. */
const read = new Map<string, Network>();
const READ_MAX = 1_000;

function networkOf(text: string): Network {
  const known = read.get(text);
  if (known !== undefined) return known;
  const network = networkIn(text)!;
  if (read.size >= READ_MAX) read.clear();
  read.set(text, network);
  return network;
}

const TESTS: Readonly<Record<Exclude<Operator, '$exists'>, (operand: unknown, asked: Asked) => Truth>> = {
  $eq: equal,
  $ne: (operand, asked) => not(equal(operand, asked)),
  $in: among,
  $nin: (operand, asked) => not(among(operand, asked)),
  $lt: compared((fact, operand) => fact < operand),
  $lte: compared((fact, operand) => fact <= operand),
  $gt: compared((fact, operand) => fact > operand),
  $gte: compared((fact, operand) => fact >= operand),
  $cidr: (operand, { value }) => {
    const { bytes } = value as Address;
    return networksOf(operand as string | readonly string[]).some((each) => isInside(networkOf(each), bytes));
  },
  $within: (operand, { fact }) => isWithin(spanOf(operand as Span)!, fact as number),
};

function truthOfTest(operator: Operator, operand: unknown, value: Fact, asking: Circumstances): Truth {
  if (operator === '$exists') return (value !== null && value !== undefined) === operand;
  const type = typeOf(value);
  if (type === null || !OPERATORS[operator].types.includes(type)) return null;
  return TESTS[operator](operand, { type, fact: cast(type, value)!, value, asking });
}
