import fc from 'fast-check';
import type { AttributeSchema, Condition, Test, Value } from '#pure/policy/condition.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import { Address, type Attributes, type Circumstances, type Fact, type Facts } from '#pure/policy/facts.js';

/** Conditions and what they are about, at random: few values, so that comparisons often meet. */
export const SCHEMA = { name: 'text', size: 'number', isOpen: 'boolean', madeAt: 'instant', source: 'address' } as const satisfies AttributeSchema;
export type AttributeName = keyof typeof SCHEMA;

const INSTANTS = ['2026-11-22T07:30:00Z', '2026-11-22T08:00:00.001Z', '2026-11-22T23:15:00+00:00', '2027-01-01T00:00:00Z'] as const;
const ADDRESSES = ['10.0.0.1', '::ffff:10.0.0.1', '10.1.2.3', '192.0.2.7', '2001:db8::1', '2001:DB8:0:0:0:0:0:1'] as const;
const NETWORKS = ['10.0.0.0/8', '10.1.2.3/16', '192.0.2.7', '0.0.0.0/0', '2001:db8::/32', '::/0'] as const;
const NAMES = ['a', 'b', 'A', '', '${', 'é', "o'; --"] as const;

const LITERALS: Readonly<Record<AttributeName, readonly Value[]>> = {
  name: ['a', 'b', 'A', 'é', "o'; --", '${subject.id}', '${env.acr}'],
  size: [0, 1, -1, 2.5, 9007199254740991],
  isOpen: [true, false],
  madeAt: [...INSTANTS, '${env.now}'],
  source: [...ADDRESSES, '${env.ip}'],
};

export const FACTS: Readonly<Record<AttributeName, readonly Fact[]>> = {
  name: [...NAMES, null],
  size: [0, 1, -1, 3, 2.5, 9007199254740991, null],
  isOpen: [true, false, null],
  madeAt: [...INSTANTS.map((text) => new Date(text)), null],
  source: [...ADDRESSES.map((text) => Address.parse(text)), null],
};

const value = (type: AttributeName): fc.Arbitrary<Value> => fc.constantFrom(...LITERALS[type]);
const values = (type: AttributeName): fc.Arbitrary<Value[]> => fc.array(value(type), { minLength: 1, maxLength: 3 });
const network = fc.constantFrom(...NETWORKS);
const span = fc.oneof(
  fc.constantFrom({ from: INSTANTS[0], to: INSTANTS[2] }, { from: INSTANTS[1], to: INSTANTS[3] }, { from: '2026-01-01T00:00:00Z', to: INSTANTS[3] }),
  fc.constantFrom({ from: '08:00', to: '18:00' }, { from: '07:00', to: '19:00' }, { from: '22:00', to: '08:00' }, { from: '00:00', to: '07:31' }),
);

function testOf(name: AttributeName): fc.Arbitrary<Test> {
  const equalities: fc.Arbitrary<Test>[] = [
    fc.record({ $eq: value(name) }), fc.record({ $ne: value(name) }), fc.record({ $in: values(name) }), fc.record({ $nin: values(name) }), fc.record({ $exists: fc.boolean() }),
  ];
  const orders: fc.Arbitrary<Test>[] = [fc.record({ $lt: value(name) }), fc.record({ $lte: value(name) }), fc.record({ $gt: value(name) }), fc.record({ $gte: value(name) }), fc.record({ $gte: value(name), $lt: value(name) })];
  const type = SCHEMA[name];
  if (type === 'address') return fc.oneof(...equalities, fc.record({ $cidr: fc.oneof(network, fc.array(network, { minLength: 1, maxLength: 2 })) }));
  if (type === 'instant') return fc.oneof(...equalities, ...orders, fc.record({ $within: span }));
  return fc.oneof(...equalities, ...(type === 'number' ? orders : []));
}

const ABOUT_ASKING: readonly Condition[] = [
  { 'env.ip': { $cidr: '10.0.0.0/8' } },
  { 'env.ip': { $exists: true } },
  { 'env.acr': { $in: ['aal2', 'aal3'] } },
  { 'env.now': { $within: { from: '08:00', to: '18:00' } } },
  { 'env.now': { $lt: '2027-01-01T00:00:00Z' } },
  { 'subject.kind': { $eq: 'user' } },
  { 'subject.id': { $ne: 'b' } },
];

/** Of the attributes of `schema`, `wrong` adds tests that no validation lets through: what a table may hold all the same. */
export function conditions({ wrong = false, asking = true } = {}): fc.Arbitrary<Condition> {
  const names = Object.keys(SCHEMA) as AttributeName[];
  const single = fc.constantFrom(...names).chain((name) => testOf(name).map((test): Condition => ({ [name]: test })));
  const double = fc.tuple(single, single).map(([one, other]): Condition => ({ ...one, ...other }));
  const misplaced = fc.tuple(fc.constantFrom(...names, 'nothing'), fc.constantFrom(...names).chain(testOf)).map(([name, test]): Condition => ({ [name]: test }));
  const leaf = fc.oneof(single, double, ...(asking ? [fc.constantFrom(...ABOUT_ASKING)] : []), ...(wrong ? [misplaced] : []));
  return fc.letrec<{ condition: Condition }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      leaf,
      leaf,
      fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((parts): Condition => ({ $or: parts })),
      fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((parts): Condition => ({ $and: parts })),
      fc.tuple(leaf, fc.array(tie('condition'), { minLength: 1, maxLength: 2 })).map(([one, parts]): Condition => ({ ...one, $or: parts })),
    ),
  })).condition;
}

/** Facts about an object of which this is known, for nobody in particular. */
export const about = (known: Attributes, asking: Partial<Circumstances> = {}): Facts => ({
  attributes: known,
  subject: { id: 'somebody', kind: 'user', projectId: null },
  env: { ip: null, acr: 'aal1', nowMillis: 0 },
  ...asking,
});

/** What somebody may see who may see everything. */
export const EVERYTHING: RowFilter = { allows: [{ projects: 'all', where: null }], denies: [], asking: about({}) };

export const attributes = fc.record(
  {
    name: fc.constantFrom(...FACTS.name),
    size: fc.constantFrom(...FACTS.size),
    isOpen: fc.constantFrom(...FACTS.isOpen),
    madeAt: fc.constantFrom(...FACTS.madeAt),
    source: fc.constantFrom(...FACTS.source),
  },
  { noNullPrototype: true },
);

export const circumstances: fc.Arbitrary<Circumstances> = fc.record({
  subject: fc.record({ id: fc.constantFrom('a', 'b'), kind: fc.constantFrom('user', 'service'), projectId: fc.constant(null) }),
  env: fc.record({
    ip: fc.constantFrom('10.0.0.1', '192.0.2.7', '2001:db8::1', null),
    acr: fc.constantFrom('aal1', 'aal2'),
    nowMillis: fc.constantFrom(...INSTANTS.map((text) => Date.parse(text))),
  }),
});
