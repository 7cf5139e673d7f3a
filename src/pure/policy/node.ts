import type { Condition, Operator, Test } from './condition.js';

/** A condition taken apart, as all that works on conditions walks it. */
export type Node =
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Node[] }
  | { readonly kind: 'test'; readonly attribute: string; readonly operator: Operator; readonly operand: unknown };

/** A rule's condition is one object for as long as the role is loaded, and decided thousands of times. */
const known = new WeakMap<Condition, Node>();

export function nodeOf(condition: Condition): Node {
  let node = known.get(condition);
  if (node === undefined) {
    node = { kind: 'all', parts: Object.entries(condition).flatMap(([name, value]) => partsOf(name, value)) };
    known.set(condition, node);
  }
  return node;
}

function partsOf(name: string, value: Test | readonly Condition[]): readonly Node[] {
  if (name === '$and') return (value as readonly Condition[]).map(nodeOf);
  if (name === '$or') return [{ kind: 'any', parts: (value as readonly Condition[]).map(nodeOf) }];
  return Object.entries(value as Test).map(([operator, operand]) => ({ kind: 'test', attribute: name, operator: operator as Operator, operand: operand as unknown }));
}
