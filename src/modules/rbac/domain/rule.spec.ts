import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BUILTIN_ROLES } from './builtin-roles.js';
import type { Attributes } from '#pure/policy/facts.js';
import { about } from '../../../../test/harness/conditions.js';
import { application } from './condition.js';
import { covers, isWriting, isRule, partsOf, readRules, type Rule, ruleMatches } from './rule.js';

const allow = (resource: string, ...verbs: string[]): Rule => ({ effect: 'allow', resource, verbs });
const deny = (resource: string, ...verbs: string[]): Rule => ({ effect: 'deny', resource, verbs });
/** The rule for keys of these names only. */
const of = (rule: Rule, ...names: string[]): Rule => ({ ...rule, where: { name: { $in: names } } });
const fields = (rule: Rule, ...names: string[]): Rule => ({ ...rule, fields: names });

describe('covers', () => {
  const table: readonly [string, readonly Rule[], readonly Rule[], boolean][] = [
    ['nothing, by nothing', [], [], true],
    ['a verb, by nothing', [], [allow('keys', 'use')], false],
    ['a verb, by the same verb', [allow('keys', 'use')], [allow('keys', 'use')], true],
    ['two verbs, by two rules', [allow('keys', 'use'), allow('keys', 'read')], [allow('keys', 'use', 'read')], true],
    ['two verbs, by one of them', [allow('keys', 'use')], [allow('keys', 'use', 'read')], false],
    ['a verb, by the verb of another resource', [allow('users', 'read')], [allow('keys', 'read')], false],
    ['a verb, by every verb of the resource', [allow('keys', '*')], [allow('keys', 'use')], true],
    ['a verb, by everything', [allow('*', '*')], [allow('keys', 'use')], true],
    ['a verb, by that verb of everything', [allow('*', 'read')], [allow('keys', 'read')], true],
    ['every verb, by all that are known today', [allow('keys', 'use', 'read', 'rotate')], [allow('keys', '*')], false],
    ['everything, by every verb of one resource', [allow('keys', '*')], [allow('*', '*')], false],
    ['everything, by everything', [allow('*', '*')], [allow('*', '*')], true],
    ['a verb that a deny takes', [allow('*', '*'), deny('keys', 'use')], [allow('keys', 'use')], false],
    ['a verb beside the one that a deny takes', [allow('*', '*'), deny('keys', 'use')], [allow('keys', 'read')], true],
    ['every verb, where a deny takes one', [allow('*', '*'), deny('keys', 'use')], [allow('keys', '*')], false],
    ['everything, where a deny takes one verb somewhere', [allow('*', '*'), deny('keys', 'use')], [allow('*', '*')], false],
    ['a verb of everything, where a deny takes it somewhere', [allow('*', '*'), deny('keys', 'read')], [allow('*', 'read')], false],
    ['a verb, where a deny takes everything', [allow('*', '*'), deny('*', '*')], [allow('keys', 'read')], false],
    ['a role that denies what it allows, by nothing: its own deny does not count for it', [], [allow('keys', 'use'), deny('keys', 'use')], false],
    ['a role of denies alone', [], [deny('keys', 'use')], true],
    ['a verb of some keys, by the verb', [allow('keys', 'use')], [of(allow('keys', 'use'), 'a')], true],
    ['a verb of some keys, by the verb of those and others', [of(allow('keys', '*'), 'a', 'b')], [of(allow('keys', 'use'), 'a')], true],
    ['a verb of some keys, by the verb of other keys', [of(allow('keys', 'use'), 'b')], [of(allow('keys', 'use'), 'a')], false],
    ['a verb of two keys, by two rules of one each: which one covers it is not decided', [of(allow('keys', 'use'), 'a'), of(allow('keys', 'use'), 'b')], [of(allow('keys', 'use'), 'a', 'b')], false],
    ['a verb, by the verb of some keys', [of(allow('keys', 'use'), 'a')], [allow('keys', 'use')], false],
    ['a verb of one key, where a deny takes it of another', [allow('keys', '*'), of(deny('keys', 'use'), 'b')], [of(allow('keys', 'use'), 'a')], false],
    ['a verb under a condition that cannot be read, by everything', [allow('*', '*')], [{ ...allow('keys', 'use'), where: {} }], true],
    ['some fields, by the whole', [allow('users', 'read')], [fields(allow('users', 'read'), 'username')], true],
    ['some fields, by those and others', [fields(allow('users', 'read'), 'username', 'status')], [fields(allow('users', 'read'), 'username')], true],
    ['two fields, by one rule for each', [fields(allow('users', 'read'), 'username'), fields(allow('users', '*'), 'status')], [fields(allow('users', 'read'), 'username', 'status')], true],
    ['two fields, by one of them', [fields(allow('users', 'read'), 'username')], [fields(allow('users', 'read'), 'username', 'status')], false],
    ['the whole, by some fields', [fields(allow('users', 'read'), 'username')], [allow('users', 'read')], false],
    ['the whole, where a deny takes a field', [allow('users', 'read'), fields(deny('users', 'read'), 'status')], [allow('users', 'read')], false],
    ['a field beside the one that a deny takes', [allow('users', 'read'), fields(deny('users', 'read'), 'status')], [fields(allow('users', 'read'), 'username')], true],
    ['a field that a deny takes', [allow('users', 'read'), fields(deny('users', 'read'), 'status')], [fields(allow('users', 'read'), 'status')], false],
    ['a field, where a deny takes the whole', [allow('users', 'read'), deny('users', 'read')], [fields(allow('users', 'read'), 'status')], false],
    ['a verb under a condition that cannot be read, by the same', [{ ...allow('keys', 'use'), where: {} }], [{ ...allow('keys', 'use'), where: {} }], false],
  ];
  for (const [what, held, granted, expected] of table) {
    it(`${expected ? 'accepts' : 'refuses'} ${what}`, () => assert.equal(covers(held, granted), expected));
  }

  const resource = fc.constantFrom('a', 'b', '*');
  const verbs = fc.uniqueArray(fc.constantFrom('x', 'y', '*'), { minLength: 1, maxLength: 3 });
  const bare = fc.record({ effect: fc.constantFrom<Rule['effect']>('allow', 'allow', 'deny'), resource, verbs }, { noNullPrototype: true });
  const where = fc.record({ name: fc.record({ $in: fc.uniqueArray(fc.constantFrom('n', 'm'), { minLength: 1 }) }, { noNullPrototype: true }) }, { noNullPrototype: true });
  const rule: fc.Arbitrary<Rule> = fc.oneof(bare, fc.tuple(bare, where).map(([each, condition]) => ({ ...each, where: condition })));
  const rules = fc.array(rule, { maxLength: 6 });
  const attributes = fc.constantFrom<Attributes>({}, { name: 'n' }, { name: 'm' }, { name: 'later' });
  const decide = (held: readonly Rule[], on: string, verb: string, known: Attributes): boolean => {
    const matching = held.filter((each) => ruleMatches(each, on, verb) && application(each.effect, each.where)(about(known)));
    return matching.some(({ effect }) => effect === 'allow') && !matching.some(({ effect }) => effect === 'deny');
  };

  it('accepts nothing that would let anybody do what the grantor cannot, also of resources and verbs to come', () => {
    fc.assert(
      fc.property(rules, rules, fc.constantFrom('a', 'b', 'later'), fc.constantFrom('x', 'y', 'later'), attributes, (held, granted, on, verb, known) => {
        fc.pre(covers(held, granted));
        return !decide(granted, on, verb, known) || decide(held, on, verb, known);
      }),
      { numRuns: 5000 },
    );
  });

  it('accepts no more when the grantor is denied more', () => {
    fc.assert(fc.property(rules, rules, rule, (held, granted, more) => covers(held, granted) || !covers([...held, { ...more, effect: 'deny' }], granted)));
  });
});

describe('isWriting', () => {
  it('is false of viewer and auditor, and true of every other builtin role', () => {
    const reading = Object.entries(BUILTIN_ROLES).filter(([, role]) => !isWriting(role.rules));
    assert.deepEqual(reading.map(([id]) => id), ['viewer', 'auditor']);
  });

  it('is true of a verb that nobody has heard of', () => assert.equal(isWriting([allow('keys', 'frobnicate')]), true));
  it('is false of what a role denies', () => assert.equal(isWriting([deny('keys', '*'), allow('keys', 'read')]), false));
});

describe('partsOf', () => {
  it('takes a name apart at its first colon', () => assert.deepEqual(partsOf('role-bindings:create'), { resource: 'role-bindings', verb: 'create' }));
});

describe('rules as they are stored', () => {
  const READ = allow('keys', 'read');
  const NAMED = of(READ, 'a');
  const DENY = deny('keys', 'use');

  for (const rules of [[], [READ], [NAMED, DENY], [allow('*', '*')], [fields(NAMED, 'createdAt')]]) {
    it(`are read as they are: ${JSON.stringify(rules)}`, () => assert.deepEqual(readRules(rules), { rules, malformed: 0 }));
  }

  const malformed: readonly (readonly [unknown, readonly Rule[]])[] = [
    [null, []],
    ['allow', []],
    [[], []],
    [{}, []],
    [{ ...READ, effect: 'Allow' }, [deny('keys', 'read')]],
    [{ ...READ, effect: 'Deny' }, [deny('keys', 'read')]],
    [{ resource: 'keys', verbs: ['read'] }, [deny('keys', 'read')]],
    [{ ...DENY, verbs: 'use' }, [deny('keys', '*')]],
    [{ ...DENY, verbs: [] }, [deny('keys', '*')]],
    [{ ...DENY, verbs: ['use', 1] }, [deny('keys', '*')]],
    [{ ...DENY, where: {} }, [DENY]],
    [{ ...DENY, Where: { name: { $in: ['a'] } } }, [DENY]],
    [{ ...DENY, fields: ['a', 'B'] }, [DENY]],
    [{ ...DENY, fields: [] }, [DENY]],
    [{ ...READ, fields: ['(whole)'] }, []],
    [{ ...READ, fields: ['*'] }, []],
    [{ ...READ, fields: 'status' }, []],
    [{ ...DENY, resource: null }, []],
    [{ ...READ, Where: { name: { $in: ['a'] } } }, []],
    [{ ...READ, where: null }, []],
    [{ ...READ, where: { name: { $regex: 'a' } } }, []],
    [{ ...READ, resource: '' }, []],
    [{ ...READ, resources: ['keys'] }, []],
    [{ ...READ, verbs: 'read' }, []],
    [{ effect: 'allow', resource: 'keys' }, []],
  ];
  for (const [rule, denies] of malformed) {
    it(`allow nothing beside ${JSON.stringify(rule)}, and deny ${denies.length === 0 ? 'what the others do' : 'what it may have meant'}`, () => {
      assert.equal(isRule(rule), false);
      assert.deepEqual(readRules([allow('*', '*'), rule, deny('users', 'read')]), { rules: [...denies, deny('users', 'read')], malformed: 1 });
    });
  }

  for (const stored of [null, {}, 'rules', READ, 0]) {
    it(`are none where there is no list: ${JSON.stringify(stored)}`, () => assert.deepEqual(readRules(stored), { rules: [], malformed: 1 }));
  }
});
