import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { conditions, SCHEMA } from '../../../test/harness/conditions.js';
import { OPERATORS } from './operators.js';
import { isCondition, readCondition } from './read-condition.js';

const many = (count: number): object[] => Array.from({ length: count }, () => ({ size: { $eq: 1 } }));
const nested = (levels: number): object => (levels === 1 ? { size: { $eq: 1 } } : { $or: [nested(levels - 1)] });
const own = (name: string, value: unknown): object => JSON.parse(`{${JSON.stringify(name)}: ${JSON.stringify(value)}}`) as object;

describe('readCondition', () => {
  const accepted: readonly unknown[] = [
    { name: { $eq: 'a' } },
    { name: { $in: ['a', '${subject.id}'], $ne: 'b' }, size: { $gte: 1, $lt: 1e9 } },
    { isOpen: { $exists: false }, $or: [{ size: { $nin: [1, 2] } }, { $and: [{ madeAt: { $lte: '${env.now}' } }] }] },
    { source: { $cidr: '10.0.0.0/8' } },
    { source: { $cidr: ['10.0.0.0/8', '2001:db8::/32'], $ne: '${env.ip}' } },
    { madeAt: { $within: { from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00+01:00' } } },
    { 'env.now': { $within: { from: '22:00', to: '06:00' } }, 'env.acr': { $in: ['aal2'] }, 'subject.kind': { $eq: 'user' } },
    { $and: many(63) },
    { name: { $in: Array.from({ length: 256 }, (_, at) => `${at}`) } },
    nested(4),
    { name: { $eq: 'x'.repeat(1024) } },
  ];
  for (const value of accepted) {
    it(`accepts ${JSON.stringify(value).slice(0, 120)}`, () => {
      assert.deepEqual(readCondition(value, SCHEMA, ''), { ok: true, condition: value });
      assert.equal(isCondition(value), true);
    });
  }

  const refused: readonly (readonly [unknown, string, string])[] = [
    [null, '/where', 'wrong-type'],
    [[], '/where', 'wrong-type'],
    ['name', '/where', 'wrong-type'],
    [{}, '/where', 'empty'],
    [{ name: 'a' }, '/where/name', 'wrong-type'],
    [{ name: {} }, '/where/name', 'wrong-type'],
    [{ name: [] }, '/where/name', 'wrong-type'],
    [{ name: { in: ['a'] } }, '/where/name/in', 'unknown'],
    [{ name: { $regex: '(a+)+$' } }, '/where/name/$regex', 'unknown'],
    [{ name: { $elemMatch: { $eq: 1 } } }, '/where/name/$elemMatch', 'unknown'],
    [{ name: { $not: { $eq: 'a' } } }, '/where/name/$not', 'unknown'],
    [{ name: { 'a/b~c': 1 } }, '/where/name/a~1b~0c', 'unknown'],
    [{ $where: 'true' }, '/where/$where', 'unknown'],
    [{ $not: [{ name: { $eq: 'a' } }] }, '/where/$not', 'unknown'],
    [{ $nor: [{ name: { $eq: 'a' } }] }, '/where/$nor', 'unknown'],
    [own('__proto__', { $eq: 'a' }), '/where/__proto__', 'unknown'],
    [own('constructor', { $eq: 'a' }), '/where/constructor', 'unknown'],
    [{ toString: { $eq: 'a' } }, '/where/toString', 'unknown'],
    [{ name: own('__proto__', 'a') }, '/where/name/__proto__', 'unknown'],
    [{ name: { constructor: 'a' } }, '/where/name/constructor', 'unknown'],
    [{ other: { $eq: 'a' } }, '/where/other', 'unknown'],
    [{ 'env.other': { $eq: 'a' } }, '/where/env.other', 'unknown'],
    [{ 'subject.projectId': { $eq: 'a' } }, '/where/subject.projectId', 'unknown'],
    [{ name: { $eq: 1 } }, '/where/name/$eq', 'wrong-type'],
    [{ name: { $eq: null } }, '/where/name/$eq', 'wrong-type'],
    [{ name: { $eq: ['a'] } }, '/where/name/$eq', 'wrong-type'],
    [{ size: { $eq: '1' } }, '/where/size/$eq', 'wrong-type'],
    [{ size: { $lt: Infinity } }, '/where/size/$lt', 'wrong-type'],
    [{ size: { $in: [1, 'a'] } }, '/where/size/$in/1', 'wrong-type'],
    [{ size: { $in: 1 } }, '/where/size/$in', 'wrong-type'],
    [{ size: { $in: [] } }, '/where/size/$in', 'wrong-type'],
    [{ name: { $in: Array.from({ length: 257 }, () => 'a') } }, '/where/name/$in', 'too-long'],
    [{ name: { $lt: 'a' } }, '/where/name/$lt', 'not-applicable'],
    [{ name: { $cidr: '10.0.0.0/8' } }, '/where/name/$cidr', 'not-applicable'],
    [{ size: { $within: { from: '08:00', to: '18:00' } } }, '/where/size/$within', 'not-applicable'],
    [{ name: { $exists: 1 } }, '/where/name/$exists', 'wrong-type'],
    [{ name: { $eq: '${subject.name}' } }, '/where/name/$eq', 'wrong-type'],
    [{ name: { $eq: 'x${subject.id}' } }, '/where/name/$eq', 'wrong-type'],
    [{ name: { $eq: '${env.now}' } }, '/where/name/$eq', 'wrong-type'],
    [{ size: { $eq: '${env.now}' } }, '/where/size/$eq', 'wrong-type'],
    [{ name: { $eq: 'a\0' } }, '/where/name/$eq', 'wrong-type'],
    [{ name: { $eq: '\ud800' } }, '/where/name/$eq', 'wrong-type'],
    [{ name: { $eq: 'x'.repeat(1025) } }, '/where/name/$eq', 'wrong-type'],
    [{ madeAt: { $lt: '2026-02-30T00:00:00Z' } }, '/where/madeAt/$lt', 'wrong-type'],
    [{ source: { $eq: '10.0.0.256' } }, '/where/source/$eq', 'wrong-type'],
    [{ source: { $cidr: '10.0.0.0/33' } }, '/where/source/$cidr', 'wrong-format'],
    [{ source: { $cidr: [] } }, '/where/source/$cidr', 'wrong-format'],
    [{ source: { $cidr: '${env.ip}' } }, '/where/source/$cidr', 'wrong-format'],
    [{ madeAt: { $within: { from: '18:00', to: '18:00' } } }, '/where/madeAt/$within', 'wrong-format'],
    [{ madeAt: { $within: { from: '08:00', to: '2027-01-01T00:00:00Z' } } }, '/where/madeAt/$within', 'wrong-format'],
    [{ madeAt: { $within: { from: '2027-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z' } } }, '/where/madeAt/$within', 'wrong-format'],
    [{ madeAt: { $within: { from: '08:00', to: '18:00', zone: 'CET' } } }, '/where/madeAt/$within', 'wrong-format'],
    [{ $and: [] }, '/where/$and', 'wrong-type'],
    [{ $or: { name: { $eq: 'a' } } }, '/where/$or', 'wrong-type'],
    [{ $or: [{ name: { $eq: 'a' } }, {}] }, '/where/$or/1', 'empty'],
    [nested(5), '/where/$or/0/$or/0/$or/0/$or/0', 'too-deep'],
    [{ $and: many(64) }, '/where', 'too-long'],
    [{ $and: many(100_000) }, '/where', 'too-long'],
  ];
  for (const [value, pointer, code] of refused) {
    it(`refuses ${JSON.stringify(value).slice(0, 120)} at ${pointer}`, () => {
      const read = readCondition(value, SCHEMA, '/where');
      assert.deepEqual(read.ok ? [] : read.complaints.map((each) => [each.pointer, each.code]), [[pointer, code]]);
    });
  }

  it('tells of everything that is wrong at once, and of twenty things at most', () => {
    const two = readCondition({ name: { $eq: 1 }, size: { $eq: 'a' } }, SCHEMA, '/rules/0/where');
    assert.deepEqual(two.ok ? [] : two.complaints.map(({ pointer }) => pointer), ['/rules/0/where/name/$eq', '/rules/0/where/size/$eq']);
    const all = readCondition(Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`no${at}`, {}])), SCHEMA, '');
    assert.equal(all.ok ? 0 : all.complaints.length, 20);
  });

  it('accepts the type of what no schema says, as long as it can be decided', () => {
    for (const value of [{ other: { $lt: 5 } }, { name: { $eq: 1 } }, { name: { $lt: 'a' } }]) assert.equal(isCondition(value), true);
    for (const value of [{ Other: { $lt: 5 } }, { 'a.b': { $eq: 'a' } }, { name: { $cidr: 'x' } }, own('__proto__', { $eq: 'a' })]) assert.equal(isCondition(value), false);
  });

  it('accepts whatever the generator of conditions makes', () => {
    fc.assert(fc.property(conditions(), (condition) => readCondition(condition, SCHEMA, '').ok), { numRuns: 1000 });
  });

  it('knows no operator that a generated condition never has', () => {
    const seen = new Set<string>();
    fc.assert(fc.property(conditions(), (condition) => void [...JSON.stringify(condition).matchAll(/"(\$[a-z]+)"/g)].forEach(([, name]) => seen.add(name!))), { numRuns: 1000 });
    assert.deepEqual([...seen].sort(), [...Object.keys(OPERATORS), '$and', '$or'].sort());
  });
});
