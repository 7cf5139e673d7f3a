import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { attributes, circumstances, conditions } from '../../../test/harness/conditions.js';
import type { Condition } from './condition.js';
import { narrows } from './narrows.js';
import { truthOf } from './truth.js';

const NAMED: Condition = { name: { $in: ['a', 'b'] } };
const BOTH: Condition = { name: { $eq: 'a' }, size: { $lt: 10 } };

describe('narrows', () => {
  const rows: readonly (readonly [Condition | undefined, Condition | undefined, boolean])[] = [
    [undefined, undefined, true],
    [NAMED, undefined, true],
    [undefined, NAMED, false],
    [NAMED, NAMED, true],
    [{ name: { $eq: 'a' } }, NAMED, true],
    [{ name: { $eq: 'c' } }, NAMED, false],
    [NAMED, { name: { $in: ['a'] } }, false],
    [BOTH, NAMED, true],
    [NAMED, BOTH, false],
    [{ other: { $in: ['a'] } }, NAMED, false],
    [{ name: { $eq: 'a' } }, { name: { $ne: 'b' } }, true],
    [{ name: { $eq: 'a' } }, { name: { $nin: ['b', 'a'] } }, false],
    [{ name: { $nin: ['a', 'b'] } }, { name: { $ne: 'a' } }, true],
    [{ name: { $ne: 'a' } }, { name: { $nin: ['a', 'b'] } }, false],
    [{ name: { $eq: 'a' } }, { name: { $exists: true } }, true],
    [{ name: { $exists: true } }, { name: { $eq: 'a' } }, false],
    [{ name: { $exists: false } }, { name: { $exists: false } }, true],
    [{ name: { $exists: false } }, { name: { $ne: 'a' } }, false],
    [{ size: { $lt: 5 } }, { size: { $lt: 5 } }, true],
    [{ size: { $lt: 5 } }, { size: { $lte: 5 } }, true],
    [{ size: { $lte: 5 } }, { size: { $lt: 5 } }, false],
    [{ size: { $lte: 5 } }, { size: { $lt: 6 } }, true],
    [{ size: { $gt: 5 } }, { size: { $gte: 5 } }, true],
    [{ size: { $gte: 5 } }, { size: { $gt: 5 } }, false],
    [{ size: { $eq: 5 } }, { size: { $gt: 4 } }, true],
    [{ size: { $in: [5, 50] } }, { size: { $lt: 50 } }, false],
    [{ madeAt: { $lt: '2026-01-01T00:00:00Z' } }, { madeAt: { $lt: '2026-01-01T01:00:00+00:30' } }, true],
    [{ madeAt: { $lt: '${env.now}' } }, { madeAt: { $lte: '${env.now}' } }, true],
    [{ madeAt: { $lt: '${env.now}' } }, { madeAt: { $lt: '2027-01-01T00:00:00Z' } }, false],
    [{ source: { $cidr: '10.1.0.0/16' } }, { source: { $cidr: ['192.0.2.0/24', '10.0.0.0/8'] } }, true],
    [{ source: { $cidr: '10.0.0.0/8' } }, { source: { $cidr: '10.1.0.0/16' } }, false],
    [{ source: { $cidr: ['10.0.0.0/8', '2001:db8::/32'] } }, { source: { $cidr: '10.0.0.0/8' } }, false],
    [{ 'env.ip': { $eq: '10.1.1.1' } }, { 'env.ip': { $cidr: '10.0.0.0/8' } }, true],
    // Of what type it is, nothing here says: were it a text, no network would have it.
    [{ source: { $eq: '10.1.1.1' } }, { source: { $cidr: '10.0.0.0/8' } }, false],
    [{ 'env.now': { $within: { from: '09:00', to: '17:00' } } }, { 'env.now': { $within: { from: '08:00', to: '18:00' } } }, true],
    [{ 'env.now': { $within: { from: '23:00', to: '05:00' } } }, { 'env.now': { $within: { from: '22:00', to: '06:00' } } }, false],
    [{ 'env.now': { $within: { from: '22:00', to: '06:00' } } }, { 'env.now': { $within: { from: '22:00', to: '06:00' } } }, true],
    [{ 'env.acr': { $eq: 'aal2' } }, { 'env.acr': { $in: ['aal2', 'aal3'] } }, true],
    [{ $or: [{ name: { $eq: 'a' } }, { name: { $eq: 'b' } }] }, NAMED, true],
    [NAMED, { $or: [{ name: { $eq: 'a' } }, { name: { $eq: 'b' } }] }, false],
    [{ $or: [{ name: { $eq: 'a' } }, { size: { $lt: 1 } }] }, { $or: [{ size: { $lt: 2 } }, { name: { $eq: 'a' } }] }, true],
    [{ name: { $eq: 'a' } }, { $or: [{ name: { $eq: 'a' } }, { size: { $lt: 1 } }] }, true],
    [{ name: { $eq: 'a' } }, { $and: [{ name: { $eq: 'a' } }, { size: { $lt: 1 } }] }, false],
    [{ $and: [{ name: { $eq: 'a' } }, { size: { $eq: 0 } }] }, { name: { $eq: 'a' }, $or: [{ size: { $lt: 1 } }] }, true],
    // The same words about two subjects.
    [{ name: { $eq: '${subject.id}' } }, { name: { $eq: '${subject.id}' } }, false],
    [{ 'subject.kind': { $eq: 'user' } }, { 'subject.kind': { $eq: 'user' } }, false],
    [{ name: { $eq: '${subject.id}' } }, { name: { $exists: true } }, true],
  ];
  for (const [granted, held, expected] of rows) {
    it(`${expected ? 'accepts' : 'refuses'} ${JSON.stringify(granted)} by ${JSON.stringify(held)}`, () => assert.equal(narrows(granted, held), expected));
  }

  it('is true of nothing that lets through more, whoever holds and whoever is given', () => {
    let contained = 0;
    const halves = fc.tuple(conditions({ wrong: true }), conditions({ wrong: true }), fc.nat(3)).map(([one, other, how]): [Condition, Condition] =>
      how === 0 ? [one, other] : how === 1 ? [{ $and: [one, other] }, one] : how === 2 ? [one, { $or: [other, one] }] : [{ $and: [other, one] }, { $or: [one, other] }],
    );
    const asked = fc.array(fc.tuple(attributes, circumstances, circumstances), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(halves, asked, ([granted, held], objects) => {
        if (!narrows(granted, held)) return true;
        contained += 1;
        return objects.every(([known, { subject, env }, holder]) => truthOf(granted, { attributes: known, subject, env }) !== true || truthOf(held, { attributes: known, subject: holder.subject, env }) === true);
      }),
      { numRuns: 1500 },
    );
    assert.ok(contained > 300, `${contained} of 1500 pairs are contained`);
  });
});
