import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { attributes, circumstances, conditions } from '../../../test/harness/conditions.js';
import type { Condition, Truth } from './condition.js';
import { Address, type Attributes, type Circumstances } from './facts.js';
import { truthOf } from './truth.js';

const ASKING: Circumstances = { subject: { id: 'ann', kind: 'user', projectId: null }, env: { ip: '10.0.0.1', acr: 'aal1', nowMillis: Date.parse('2026-11-22T12:00:00Z') } };
const of = (condition: Condition, known: Attributes, asking = ASKING): Truth => truthOf(condition, { ...asking, attributes: known });
const instant = (text: string): Date => new Date(text);

describe('truthOf', () => {
  const rows: readonly (readonly [Condition, Attributes, Truth])[] = [
    [{ name: { $eq: 'a' } }, { name: 'a' }, true],
    [{ name: { $eq: 'a' } }, { name: 'A' }, false],
    [{ name: { $eq: 'a' } }, {}, null],
    [{ name: { $eq: 'a' } }, { name: null }, null],
    [{ name: { $ne: 'a' } }, { name: 'b' }, true],
    // What is missing is not unequal, as reading MongoDB's language would have it: it is unknown.
    [{ name: { $ne: 'a' } }, {}, null],
    [{ name: { $in: ['a', 'b'] } }, { name: 'b' }, true],
    [{ name: { $nin: ['a', 'b'] } }, { name: 'b' }, false],
    [{ name: { $nin: ['a', 'b'] } }, {}, null],
    [{ name: { $exists: true } }, { name: '' }, true],
    [{ name: { $exists: true } }, {}, false],
    [{ name: { $exists: false } }, { name: null }, true],
    [{ name: { $eq: 5 } }, { name: 'a' }, null],
    [{ name: { $in: ['a', 5] } }, { name: 'a' }, true],
    [{ name: { $in: ['b', 5] } }, { name: 'a' }, null],
    [{ name: { $nin: ['b', 5] } }, { name: 'a' }, null],
    [{ name: { $lt: 'b' } }, { name: 'a' }, null],
    [{ size: { $gte: 1, $lt: 3 } }, { size: 1 }, true],
    [{ size: { $gte: 1, $lt: 3 } }, { size: 3 }, false],
    [{ size: { $lt: 3 } }, { size: '1' }, null],
    [{ size: { $lt: 3 } }, { size: NaN }, null],
    [{ isOpen: { $eq: false } }, { isOpen: false }, true],
    [{ madeAt: { $lt: '2026-11-22T13:00:00+01:00' } }, { madeAt: instant('2026-11-22T11:59:59Z') }, true],
    [{ madeAt: { $eq: '2026-11-22T13:00:00+01:00' } }, { madeAt: instant('2026-11-22T12:00:00Z') }, true],
    [{ madeAt: { $gt: '${env.now}' } }, { madeAt: instant('2026-11-22T12:00:00Z') }, false],
    [{ madeAt: { $within: { from: '12:00', to: '12:01' } } }, { madeAt: instant('2020-01-01T12:00:59.999Z') }, true],
    [{ madeAt: { $within: { from: '22:00', to: '06:00' } } }, { madeAt: instant('2020-01-01T05:59:00Z') }, true],
    [{ madeAt: { $within: { from: '22:00', to: '06:00' } } }, { madeAt: instant('2020-01-01T06:00:00Z') }, false],
    [{ madeAt: { $within: { from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' } } }, { madeAt: instant('2020-01-02T00:00:00Z') }, false],
    [{ source: { $eq: '::ffff:10.0.0.1' } }, { source: Address.parse('10.0.0.1') }, true],
    [{ source: { $cidr: ['192.0.2.0/24', '10.0.0.0/8'] } }, { source: Address.parse('10.9.9.9') }, true],
    [{ source: { $cidr: '10.0.0.0/8' } }, { source: Address.parse('2001:db8::1') }, false],
    [{ source: { $cidr: '10.0.0.0/8' } }, { source: '10.0.0.1' }, null],
    [{ name: { $eq: '${subject.id}' } }, { name: 'ann' }, true],
    [{ name: { $eq: '${subject.projectId}' } }, { name: 'ann' }, null],
    [{ 'env.ip': { $eq: '${env.ip}', $cidr: '10.0.0.0/24' }, 'env.acr': { $ne: 'aal2' }, 'subject.kind': { $in: ['user'] } }, {}, true],
    [{ constructor: { $exists: true } } as unknown as Condition, {}, false],
    [{ toString: { $eq: 'a' } } as unknown as Condition, {}, null],
    [{ name: { $eq: 'a' }, size: { $eq: 1 } }, { name: 'b' }, false],
    [{ name: { $eq: 'a' }, size: { $eq: 1 } }, { name: 'a' }, null],
    [{ $or: [{ name: { $eq: 'a' } }, { size: { $eq: 1 } }] }, { name: 'a' }, true],
    [{ $or: [{ name: { $eq: 'a' } }, { size: { $eq: 1 } }] }, { name: 'b' }, null],
  ];
  for (const [condition, known, expected] of rows) {
    it(`${JSON.stringify(condition)} of ${JSON.stringify(known)} is ${String(expected)}`, () => assert.equal(of(condition, known), expected));
  }

  it('knows no address of work that no request asked for', () => {
    const background: Circumstances = { ...ASKING, env: { ...ASKING.env, ip: null } };
    assert.equal(of({ 'env.ip': { $cidr: '0.0.0.0/0' } }, {}, background), null);
    assert.equal(of({ 'env.ip': { $exists: false } }, {}, background), true);
  });

  it('that is settled by what is known stays so, whatever else is learned', () => {
    const withoutAbsence = conditions({ wrong: true }).filter((condition) => !JSON.stringify(condition).includes('$exists'));
    fc.assert(
      fc.property(withoutAbsence, attributes, attributes, circumstances, (condition, more, known, asking) => {
        const before = of(condition, known, asking);
        const learned = Object.fromEntries(Object.entries(known).map(([name, fact]) => [name, fact ?? more[name as keyof typeof more]]));
        return before === null || of(condition, learned, asking) === before;
      }),
      { numRuns: 1500 },
    );
  });
});
