import { isInside, networkIn } from '../network/cidr.js';
import { type AttributeType, type Condition, isVariable, not, type Operator, type Span, type Truth, type Value } from './condition.js';
import { Address, cast, type Circumstances, type Comparable, type Fact, factReader, type Facts, typeOf, valueOfVariable } from './facts.js';
import { type Node, nodeOf } from './node.js';
import { isWithin, networksOf, OPERATORS, spanOf } from './operators.js';

/** A condition made ready to be decided: literals cast, networks and spans read, once for all the times that it is asked. */
export type Decision = (facts: Facts) => Truth;

/** Nodes live as long as their condition does. */
const decisions = new WeakMap<Node, Decision>();

/** Whether the condition holds of these facts; unknown (null) where what is there does not settle it. */
export function truthOf(condition: Condition, facts: Facts): Truth {
  return truthOfNode(nodeOf(condition), facts);
}

export function truthOfNode(node: Node, facts: Facts): Truth {
  return knownDecision(node)(facts);
}

/** For who keeps it, and asks often. */
export function decisionOn(condition: Condition): Decision {
  return knownDecision(nodeOf(condition));
}

function knownDecision(node: Node): Decision {
  let decision = decisions.get(node);
  if (decision === undefined) decisions.set(node, (decision = decisionOf(node)));
  return decision;
}

function decisionOf(node: Node): Decision {
  if (node.kind === 'test') return testDecision(node.operator, node.operand, factReader(node.attribute));
  const parts = node.parts.map(decisionOf);
  const decisive = node.kind === 'any';
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  return (facts) => {
    let isKnown = true;
    for (const part of parts) {
      const truth = part(facts);
      if (truth === decisive) return decisive;
      isKnown &&= truth !== null;
    }
    return isKnown ? !decisive : null;
  };
}

/** The value as something of this type; null where it is none. */
export function operandOf(type: AttributeType, value: Value, asking: Circumstances): Comparable | null {
  return cast(type, isVariable(value) ? valueOfVariable(value, asking) : value);
}

/** What an operator says of a fact that is there, and of a type that it takes. */
type Test = (fact: Fact, type: AttributeType, asking: Circumstances) => Truth;

/** `operandOf` of one value, for each type that a fact can have: of a literal it is always the same. */
function operandReader(value: Value): (type: AttributeType, asking: Circumstances) => Comparable | null {
  if (isVariable(value)) return (type, asking) => cast(type, valueOfVariable(value, asking));
  const known = new Map<AttributeType, Comparable | null>();
  return (type) => {
    let operand = known.get(type);
    if (operand === undefined) known.set(type, (operand = cast(type, value)));
    return operand;
  };
}

const compared =
  (compare: (fact: Comparable, operand: Comparable) => boolean) =>
  (value: unknown): Test => {
    const read = operandReader(value as Value);
    return (fact, type, asking) => {
      const operand = read(type, asking);
      return operand === null ? null : compare(cast(type, fact)!, operand);
    };
  };

const equal = compared((fact, operand) => fact === operand);

function among(values: unknown): Test {
  const tests = (values as readonly Value[]).map(equal);
  return (fact, type, asking) => {
    let isKnown = true;
    for (const test of tests) {
      const truth = test(fact, type, asking);
      if (truth === true) return true;
      isKnown &&= truth !== null;
    }
    return isKnown ? false : null;
  };
}

const negated = (test: Test): Test => (fact, type, asking) => not(test(fact, type, asking));

function inside(operand: unknown): Test {
  const networks = networksOf(operand as string | readonly string[]).map((text) => networkIn(text)!);
  return (fact) => networks.some((network) => isInside(network, (fact as Address).bytes));
}

function within(operand: unknown): Test {
  const span = spanOf(operand as Span)!;
  return (fact) => isWithin(span, (fact as Date).getTime());
}

const TESTS: Readonly<Record<Exclude<Operator, '$exists'>, (operand: unknown) => Test>> = {
  $eq: equal,
  $ne: (operand) => negated(equal(operand)),
  $in: among,
  $nin: (operand) => negated(among(operand)),
  $lt: compared((fact, operand) => fact < operand),
  $lte: compared((fact, operand) => fact <= operand),
  $gt: compared((fact, operand) => fact > operand),
  $gte: compared((fact, operand) => fact >= operand),
  $cidr: inside,
  $within: within,
};

function testDecision(operator: Operator, operand: unknown, read: (facts: Facts) => Fact): Decision {
  if (operator === '$exists') {
    return (facts) => {
      const fact = read(facts);
      return (fact !== null && fact !== undefined) === operand;
    };
  }
  const { types } = OPERATORS[operator];
  const test = TESTS[operator](operand);
  return (facts) => {
    const fact = read(facts);
    const type = typeOf(fact);
    return type === null || !types.includes(type) ? null : test(fact, type, facts);
  };
}
