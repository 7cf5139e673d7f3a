import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Value } from '#pure/policy/condition.js';
import type { Attributes } from '#pure/policy/facts.js';
import { about } from '../../../test/harness/conditions.js';
import { NOT_YET_KNOWN } from './domain/condition.js';
import type { HeldRole } from './domain/role-binding.js';
import { type Rule, ruleMatches } from './domain/rule.js';
import { SubjectPolicy } from './subject-policy.js';

const RED = 'red';
const BLUE = 'blue';

const held = (effect: Rule['effect'], resource: string, verb: string, projectId: string | null = null, expiresAtMillis: number | null = null): HeldRole => ({
  bindingId: '',
  roleId: '',
  definedIn: '',
  projectId,
  expiresAtMillis,
  rules: [{ effect, resource, verbs: [verb] }],
});

/** The decision as one would say it, without CASL: live, at this place, some allow and no deny. */
function asSaid(roles: readonly HeldRole[], resource: string, verb: string, projectId: string | null, now: number, known: Attributes = {}): boolean {
  const rules = roles
    .filter((role) => (role.expiresAtMillis === null || now < role.expiresAtMillis) && (role.projectId === null || role.projectId === projectId))
    .flatMap((role) => role.rules)
    .filter((rule) => ruleMatches(rule, resource, verb))
    .filter(({ effect, where = {} }) => Object.entries(where).every(([name, test]) => (known[name] === undefined ? effect === 'deny' : (test as { $in: readonly Value[] }).$in.includes(known[name] as string))));
  return rules.some(({ effect }) => effect === 'allow') && !rules.some(({ effect }) => effect === 'deny');
}

const names = fc.uniqueArray(fc.constantFrom('n', 'm'), { minLength: 1 });
const where = fc.record({ name: fc.record({ $in: names }, { noNullPrototype: true }) }, { noNullPrototype: true });
const bare = fc.record(
  {
    effect: fc.constantFrom<Rule['effect']>('allow', 'allow', 'deny'),
    resource: fc.constantFrom('simulation', 'keys', '*'),
    verbs: fc.uniqueArray(fc.constantFrom('read', 'run', '*'), { minLength: 1, maxLength: 2 }),
  },
  { noNullPrototype: true },
);
const rule: fc.Arbitrary<Rule> = fc.oneof(bare, fc.tuple(bare, where).map(([each, condition]) => ({ ...each, where: condition })));
const attributes = fc.constantFrom<Attributes>({}, { name: 'n' }, { name: 'm' }, { name: 'later' }, { other: 'n' });
const role = fc.record(
  {
    bindingId: fc.constant(''),
    roleId: fc.constant(''),
    definedIn: fc.constant(''),
    projectId: fc.constantFrom(null, RED, BLUE),
    expiresAtMillis: fc.constantFrom(null, 10, 20),
    rules: fc.array(rule, { minLength: 1, maxLength: 3 }),
  },
  { noNullPrototype: true },
);
const roles = fc.array(role, { maxLength: 5 });
const question = fc.tuple(fc.constantFrom('simulation', 'keys', 'later'), fc.constantFrom('read', 'run', 'later'), fc.constantFrom(null, RED, BLUE, 'green'), fc.constantFrom(5, 10, 15, 25), attributes);
type Known = Attributes | typeof NOT_YET_KNOWN;
const verdict = (policy: SubjectPolicy, resource: string, verb: string, projectId: string | null, now: number, known: Known = {}): string =>
  policy.decide(resource, verb, projectId, now, known === NOT_YET_KNOWN ? known : about(known));
const allows = (policy: SubjectPolicy, asked: readonly [string, string, string | null, number, Known]): boolean => verdict(policy, ...asked) === 'allowed';

describe('SubjectPolicy', () => {
  it('denies what no rule names', () => assert.equal(verdict(new SubjectPolicy([]), 'simulation', 'run', null, 0), 'no-rule'));

  it('lets a deny override an allow, whichever stands first', () => {
    for (const order of [[held('allow', 'simulation', '*'), held('deny', 'simulation', 'run')], [held('deny', 'simulation', 'run'), held('allow', 'simulation', '*')]]) {
      const policy = new SubjectPolicy(order);
      assert.equal(verdict(policy, 'simulation', 'run', null, 0), 'denied');
      assert.equal(verdict(policy, 'simulation', 'read', null, 0), 'allowed');
    }
  });

  it('keeps a project’s allow to that project, and a project’s deny too', () => {
    const policy = new SubjectPolicy([held('allow', 'simulation', 'run', RED), held('allow', 'simulation', 'read'), held('deny', 'simulation', 'read', BLUE)]);
    assert.deepEqual([RED, BLUE, null].map((projectId) => verdict(policy, 'simulation', 'run', projectId, 0)), ['allowed', 'no-rule', 'no-rule']);
    assert.deepEqual([RED, BLUE, null].map((projectId) => verdict(policy, 'simulation', 'read', projectId, 0)), ['allowed', 'denied', 'allowed']);
  });

  it('treats names that JavaScript knows as the names of nothing', () => {
    const policy = new SubjectPolicy([held('allow', 'simulation', 'run', RED)]);
    for (const name of ['constructor', '__proto__', 'toString', 'all', 'manage']) {
      assert.equal(verdict(policy, name, 'run', RED, 0), 'no-rule');
      assert.equal(verdict(policy, 'simulation', name, RED, 0), 'no-rule');
      assert.equal(policy.sees(name, 0), false);
    }
  });

  it('ends a role at its instant, also when it was asked before, and again when the clock was set back', () => {
    const policy = new SubjectPolicy([held('allow', 'simulation', 'run', RED, 10), held('allow', 'simulation', 'read', RED)]);
    assert.deepEqual([9, 10, 11, 9].map((now) => verdict(policy, 'simulation', 'run', RED, now)), ['allowed', 'no-rule', 'no-rule', 'allowed']);
    assert.equal(verdict(policy, 'simulation', 'read', RED, 11), 'allowed');
  });

  it('sees the projects of its roles, every one with a global role, and none by a deny alone', () => {
    assert.deepEqual([RED, BLUE].map((id) => new SubjectPolicy([held('allow', 'simulation', 'run', RED)]).sees(id, 0)), [true, false]);
    assert.equal(new SubjectPolicy([held('allow', 'users', 'read')]).sees(BLUE, 0), true);
    assert.equal(new SubjectPolicy([held('deny', 'simulation', 'run', RED)]).sees(RED, 0), false);
  });

  it('decides as one would say it: some live allow at the place, and no live deny', () => {
    fc.assert(
      fc.property(roles, fc.array(question, { minLength: 1, maxLength: 6 }), (given, questions) => {
        const policy = new SubjectPolicy(given); // Asked more than once, in any order of time: what it keeps must not show.
        for (const asked of questions) assert.equal(allows(policy, asked), asSaid(given, ...asked), JSON.stringify(asked));
      }),
      { numRuns: 3000 },
    );
  });

  it('allows no more when a deny is added anywhere', () => {
    fc.assert(
      fc.property(roles, role, fc.nat(5), question, (given, more, at, asked) => {
        const deny = { ...more, rules: more.rules.map((each) => ({ ...each, effect: 'deny' as const })) };
        return allows(new SubjectPolicy(given), asked) || !allows(new SubjectPolicy([...given.slice(0, at), deny, ...given.slice(at)]), asked);
      }),
      { numRuns: 2000 },
    );
  });

  it('allows no more when a condition is added to an allow, and no less when one is added to a deny', () => {
    fc.assert(
      fc.property(roles, where, question, (given, condition, asked) => {
        const under = (effect: Rule['effect']): HeldRole[] => given.map((role) => ({ ...role, rules: role.rules.map((each) => (each.effect === effect && each.where === undefined ? { ...each, where: condition } : each)) }));
        const before = allows(new SubjectPolicy(given), asked);
        if (!before) assert.equal(allows(new SubjectPolicy(under('allow')), asked), false);
        if (before) assert.equal(allows(new SubjectPolicy(under('deny')), asked), true);
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses under a condition that cannot be read whatever it would refuse without one', () => {
    fc.assert(
      fc.property(roles, fc.constantFrom({}, { name: { $not: ['n'] } }, { name: { $in: [] } }, null), question, (given, broken, asked) => {
        const malformed = given.map((role) => ({ ...role, rules: role.rules.map((each) => (each.effect === 'deny' ? { ...each, where: broken as never } : each)) }));
        const bare = given.map((role) => ({ ...role, rules: role.rules.map(({ effect, resource, verbs, where: kept }) => ({ effect, resource, verbs, ...(effect === 'deny' || kept === undefined ? {} : { where: kept }) })) }));
        assert.equal(allows(new SubjectPolicy(malformed), asked), allows(new SubjectPolicy(bare), asked));
      }),
      { numRuns: 2000 },
    );
  });

  it('says of what is not known yet no less than of what it may turn out to be', () => {
    fc.assert(
      fc.property(roles, question, (given, [resource, verb, projectId, now, known]) => {
        const policy = new SubjectPolicy(given);
        return !allows(policy, [resource, verb, projectId, now, known]) || allows(policy, [resource, verb, projectId, now, NOT_YET_KNOWN]);
      }),
      { numRuns: 2000 },
    );
  });

  it('permits of what is not told nothing that it would not permit whatever was told', () => {
    fc.assert(
      fc.property(roles, question, attributes, (given, [resource, verb, projectId, now], told) => {
        const policy = new SubjectPolicy(given);
        return !allows(policy, [resource, verb, projectId, now, {}]) || allows(policy, [resource, verb, projectId, now, told]);
      }),
      { numRuns: 2000 },
    );
  });

  it('sees no project by an allow whose condition cannot be read', () => {
    const conditional = (condition: object): SubjectPolicy => new SubjectPolicy([{ ...held('allow', 'keys', 'read', RED), rules: [{ effect: 'allow', resource: 'keys', verbs: ['read'], where: condition as never }] }]);
    assert.equal(conditional({ name: { $in: ['n'] } }).sees(RED, 0), true);
    assert.equal(conditional({ name: { like: 'n' } }).sees(RED, 0), false);
  });

  it('allows no more when a role that denies nothing is taken away', () => {
    fc.assert(
      fc.property(roles, fc.nat(4), question, (given, at, asked) => {
        fc.pre(given[at]?.rules.every(({ effect }) => effect === 'allow') === true);
        return allows(new SubjectPolicy(given), asked) || !allows(new SubjectPolicy(given.toSpliced(at, 1)), asked);
      }),
      { numRuns: 2000 },
    );
  });
});
