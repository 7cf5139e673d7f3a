import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../canonical-json/json-value.js';
import { parseRule, type SigmaRule } from './rule.js';
import { RuleSet } from './rule-set.js';
import { SigmaError } from './sigma-error.js';

const ID = '0198c0de-0000-4000-8000-000000000001';
const OTHER = '0198c0de-0000-4000-8000-000000000002';
const HEAD = { id: ID, title: 'A rule' };
const ENTRY: JsonObject = {
  time: Date.UTC(2026, 10, 22, 23, 30),
  status_id: 2,
  metadata: { event_code: 'auth.login.failed' },
  actor: { user: { uid: 'anonymous', type_id: 0 } },
  resources: [{ type: 'user', uid: 'u1' }, { type: 'session', uid: 's1' }],
  unmapped: { reason: 'Invalid-Credentials', loginName: 'x-1', empty: '', nothing: null, ip: '10.1.2.3', targets: ['a', 'b'], isLast: true },
};

const detects = (detection: object, entry: JsonObject = ENTRY): boolean => {
  const rule = parseRule({ ...HEAD, detection });
  assert.ok(rule.kind === 'detection');
  return rule.matches(entry);
};
const one = (selection: unknown): boolean => detects({ selection, condition: 'selection' });

describe('a detection', () => {
  const HOLDS: readonly unknown[] = [
    { 'metadata.event_code': 'auth.login.failed' },
    { 'metadata.event_code': 'AUTH.LOGIN.*' },
    { 'metadata.event_code': ['nothing', 'auth.login.failed'] },
    { status_id: 2 },
    { status_id: '2' },
    { 'unmapped.isLast': true },
    { status_id: 2, 'unmapped.reason': 'invalid-credentials' },
    [{ status_id: 1 }, { status_id: 2 }],
    { 'metadata.event_code|startswith': 'auth.' },
    { 'metadata.event_code|endswith': ['.FAILED', '.nothing'] },
    { 'metadata.event_code|contains|all': ['login', 'fail'] },
    { 'unmapped.reason|contains|cased': 'Invalid' },
    { 'resources.type': 'session' },
    { 'unmapped.targets|all': ['a', 'b'] },
    { 'unmapped.reason|re': '^Invalid-(Cred|Acc).*s$' },
    { 'unmapped.reason|re|i': '^invalid' },
    { 'unmapped.ip|cidr': '10.0.0.0/8' },
    { 'unmapped.ip|cidr': ['192.168.0.0/16', '10.1.0.0/16'] },
    { 'unmapped.reason|exists': true },
    { 'unmapped.nothing|exists': true },
    { 'unmapped.absent|exists': false },
    { 'unmapped.absent': null },
    { 'unmapped.nothing': null },
    { 'unmapped.empty': '' },
    { 'status_id|gte': 2 },
    { 'status_id|gt': 1, 'status_id|lt': 3 },
    { 'time|hour': 23 },
    { 'time|hour': [22, 23] },
    { 'time|hour|gte': 20 },
  ];
  for (const selection of HOLDS) it(`meets ${JSON.stringify(selection)}`, () => assert.equal(one(selection), true));

  const FAILS: readonly unknown[] = [
    { 'metadata.event_code': 'auth.login' },
    { 'metadata.event_codes': 'auth.login.failed' },
    { status_id: 2, 'unmapped.reason': 'other' },
    { 'metadata.event_code|contains|all': ['login', 'success'] },
    { 'unmapped.reason|contains|cased': 'invalid' },
    { 'unmapped.reason|re': '^invalid' },
    { 'unmapped.targets|all': ['a', 'c'] },
    { 'unmapped.ip|cidr': '192.168.0.0/16' },
    { 'unmapped.reason|exists': false },
    { 'unmapped.absent|exists': true },
    { 'unmapped.empty': null },
    { 'unmapped.absent': '' },
    { 'unmapped.absent': '*' },
    { unmapped: null },
    { 'status_id|gt': 2 },
    { 'unmapped.reason|gt': 1 },
    { 'time|hour|lt': 20 },
    { 'unmapped.reason|hour': 23 },
    { 'metadata.event_code.constructor': null, status_id: 3 },
  ];
  for (const selection of FAILS) it(`does not meet ${JSON.stringify(selection)}`, () => assert.equal(one(selection), false));

  const SELECTIONS = { yes_1: { status_id: 2 }, yes_2: { 'unmapped.loginName': 'x-?' }, no_1: { status_id: 1 }, _hidden: { status_id: 1 } };
  const CONDITIONS: readonly [string | readonly string[], boolean][] = [
    ['yes_1', true],
    ['no_1', false],
    ['yes_1 and yes_2', true],
    ['yes_1 and no_1', false],
    ['no_1 or yes_1 and yes_2', true],
    ['(no_1 or yes_1) and no_1', false],
    ['not no_1', true],
    ['not no_1 and yes_1', true],
    ['not not yes_1', true],
    ['not (yes_1 and yes_2)', false],
    ['1 of yes_*', true],
    ['all of yes_*', true],
    ['all of *_1', false],
    ['1 of them', true],
    ['all of them', false],
    ['yes_1 and not 1 of no_*', true],
    ['YES_1 AND yes_2', false],
    ['yes_1 AND yes_2', true],
    [['no_1', 'yes_1'], true],
    ['1 of _hidden*', false],
  ];
  for (const [condition, expected] of CONDITIONS.filter(([condition]) => condition !== 'YES_1 AND yes_2')) {
    it(`decides ${JSON.stringify(condition)}`, () => assert.equal(detects({ ...SELECTIONS, condition }), expected));
  }
});

describe('a rule that is wrong', () => {
  const detection = (selection: unknown, condition: unknown = 'selection'): object => ({ ...HEAD, detection: { selection, condition } });
  const correlation = (over: object): object => ({ ...HEAD, correlation: { type: 'event_count', rules: ['failed'], timespan: '5m', condition: { gte: 10 }, ...over } });
  const WRONG: readonly [string, unknown, string][] = [
    ['no map', ['a'], 'rule: must be a map'],
    ['no id', { title: 'x', detection: {} }, 'id: must be a UUID in lower case'],
    ['no title', { id: ID, detection: {} }, 'title: must be a text'],
    ['neither kind', HEAD, 'rule: has one of detection, correlation, signal'],
    ['both kinds', { ...detection({ a: 1 }), correlation: {} }, 'rule: has one of detection, correlation, signal'],
    ['a level', { ...detection({ a: 1 }), level: 'severe' }, 'level: one of informational, low, medium, high, critical'],
    ['a status', { ...detection({ a: 1 }), status: 'fine' }, 'status: one of stable, test, experimental, deprecated, unsupported'],
    ['another product', { ...detection({ a: 1 }), logsource: { product: 'windows' } }, 'logsource.product: quantonium: entries of other products are not in this ledger'],
    ['no condition', { ...HEAD, detection: { selection: { a: 1 } } }, 'detection.condition: is missing'],
    ['no selection', { ...HEAD, detection: { condition: 'selection' } }, 'detection: has no selection'],
    ['an unknown modifier', detection({ 'user|foo': 'x' }), 'detection.selection.user|foo: unknown modifier'],
    ['a modifier of other tools', detection({ 'user|base64': 'x' }), 'detection.selection.user|base64: unknown modifier'],
    ['two ways of comparing', detection({ 'user|contains|re': 'x' }), 'detection.selection.user|contains|re: two ways of comparing'],
    ['a modifier twice', detection({ 'user|contains|contains': 'x' }), 'detection.selection.user|contains|contains: a modifier stands there twice'],
    ['i without re', detection({ 'user|i': 'x' }), 'detection.selection.user|i: i belongs to re'],
    ['all of one', detection({ 'user|all': 'x' }), 'detection.selection.user|all: all needs a list of at least two values'],
    ['null in a list', detection({ user: ['', null] }), 'detection.selection.user[1]: null stands alone, and without a modifier'],
    ['keywords', detection(['mimikatz']), 'detection.selection[0]: keywords are not supported: name the field'],
    ['keywords by a bare modifier', detection({ '|all': ['a', 'b'] }), 'detection.selection.|all: keywords are not supported: name the field'],
    ['a path', detection({ 'a..b': 1 }), 'detection.selection.a..b: a field is a dotted path, as actor.user.uid'],
    ['a map as a value', detection({ user: { name: 'x' } }), 'detection.selection.user: must be a text, a number, true or false'],
    ['a text that is compared', detection({ 'status_id|gt': 'two' }), 'detection.selection.status_id|gt: must be a number'],
    ['exists of a text', detection({ 'a|exists': 'yes' }), 'detection.selection.a|exists: exists takes true or false'],
    ['a network', detection({ 'a|cidr': '10.0.0.0/40' }), 'detection.selection.a|cidr: must be a network, as 10.0.0.0/8'],
    ['a regular expression', detection({ 'a|re': '(a' }), 'detection.selection.a|re: not a regular expression that is supported: a ( without its ) (at character 2)'],
    ['many patterns', detection({ 'a|re': Array.from({ length: 20 }, () => 'a+') }), 'detection.selection.a|re: the rule has more patterns than can be tried on every entry'],
    ['long patterns', detection({ a: Array.from({ length: 20 }, (_, n) => `*${'x'.repeat(400)}${n}*`) }), 'detection.selection.a: the rule has more patterns than can be tried on every entry'],
    ['long texts anywhere', detection({ 'a|contains': Array.from({ length: 20 }, (_, n) => `${'x'.repeat(400)}${n}`) }), 'detection.selection.a|contains: the rule has more patterns than can be tried on every entry'],
    ['thousands of texts', detection(Array.from({ length: 6 }, () => ({ a: Array.from({ length: 1_000 }, (_, n) => `name-${n}`) }))), 'detection.selection[4].a: the rule has more patterns than can be tried on every entry'],
    ['thousands of numbers', detection(Array.from({ length: 6 }, () => ({ 'a|gt': Array.from({ length: 1_000 }, (_, n) => n) }))), 'detection.selection[5].a|gt: the rule has more patterns than can be tried on every entry'],
    ['a selection that is not there', detection({ a: 1 }, 'selektion'), 'detection.condition: names a selection that is not there'],
    ['a name of the prototype', detection({ a: 1 }, 'constructor of them'), 'detection.condition: 1 of, or all of'],
    ['a pattern for nothing', detection({ a: 1 }, '1 of filter_*'), 'detection.condition: a pattern that no selection has'],
    ['a parenthesis', detection({ a: 1 }, '(selection'), 'detection.condition: a ( without its )'],
    ['another parenthesis', detection({ a: 1 }, 'selection)'), 'detection.condition: a ) without its ('],
    ['an end', detection({ a: 1 }, 'selection and'), 'detection.condition: ends where a selection is expected'],
    ['two terms', detection({ a: 1 }, 'selection selection'), 'detection.condition: two terms without and or or between them'],
    ['the old aggregation', detection({ a: 1 }, 'selection | count() > 5'), 'detection.condition: aggregations were replaced by correlations in Sigma 2'],
    ['a condition of deep parentheses', detection({ a: 1 }, '('.repeat(200)), 'detection.condition: nested deeper than 32'],
    ['a type', correlation({ type: 'value_sum' }), 'correlation.type: one of event_count, value_count, temporal, temporal_ordered'],
    ['a member of a correlation', correlation({ group_by: ['a'] }), 'correlation.group_by: unknown: type, rules, group-by, timespan, condition, aliases, generate'],
    ['a time span', correlation({ timespan: '5 minutes' }), 'correlation.timespan: must be a number and one of s, m, h, d, as in 15m'],
    ['a long time span', correlation({ timespan: '8d' }), 'correlation.timespan: at most 7d'],
    ['no condition of a count', correlation({ condition: undefined }), 'correlation.condition: must be a map'],
    ['an operator', correlation({ condition: { above: 3 } }), 'correlation.condition.above: unknown: gte, gt, eq, lte, lt'],
    ['an absence', correlation({ condition: { lt: 3 } }), 'correlation.condition: needs gte, gt or eq: that something did not happen is no entry'],
    ['a count', correlation({ condition: { gte: 1.5 } }), 'correlation.condition.gte: a whole number from 0 to 1000'],
    ['a field of event_count', correlation({ condition: { gte: 5, field: 'a' } }), 'correlation.condition.field: belongs to value_count'],
    ['no field of value_count', correlation({ type: 'value_count' }), 'correlation.condition.field: must be a text'],
    ['one step', correlation({ type: 'temporal', condition: undefined }), 'correlation.rules: temporal needs at least two'],
    ['a condition on an order', correlation({ type: 'temporal_ordered', rules: ['a', 'b'] }), 'correlation.condition: temporal_ordered takes every rule in its order, and no condition'],
    ['an alias of another rule', correlation({ aliases: { ip: { other: 'a' } } }), 'correlation.aliases.ip.other: is none of the rules that are correlated'],
    ['an alias without a rule', correlation({ rules: ['a', 'b'], aliases: { ip: { a: 'x' } } }), 'correlation.aliases.ip: does not say the field of b'],
    ['a signal', { ...HEAD, signal: { type: 'cpu', timespan: '15m', condition: { gte: 1 } } }, 'signal.type: one of ledger_silence'],
  ];
  for (const [what, rule, message] of WRONG) {
    it(`is refused with its place: ${what}`, () => assert.throws(() => parseRule(rule), (error) => error instanceof SigmaError && (assert.equal(error.message, message), true)));
  }

  it('is a SigmaError, whatever was parsed; and what is accepted decides every entry', () => {
    const leaf = fc.oneof(fc.string({ maxLength: 8 }), fc.integer(), fc.boolean(), fc.constant(null), fc.constantFrom('selection', '1 of them', 'a|re', '(a*)*', '5m', ID));
    const value = fc.letrec((tie) => ({ value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(fc.constantFrom('a', 'a|re', 'b.c|contains', 'condition', 'selection', 'type', 'rules', 'timespan', '__proto__', 'toString'), tie('value'), { maxKeys: 4 })) })).value;
    const rule = fc.record({ id: fc.constant(ID), title: fc.constant('x'), detection: fc.oneof(value, fc.record({ selection: value, condition: fc.constant('selection') })), correlation: value, level: leaf }, { requiredKeys: ['id', 'title'] });
    fc.assert(fc.property(rule, fc.jsonValue(), (candidate, entry) => {
      let parsed: SigmaRule;
      try {
        parsed = parseRule(candidate);
      } catch (error) {
        assert.ok(error instanceof SigmaError, String(error));
        return;
      }
      if (parsed.kind === 'detection') parsed.matches({ a: entry, b: { c: entry } } as JsonObject);
    }), { numRuns: 5_000 });
  });
});

describe('rules that know each other', () => {
  const failed = { id: ID, name: 'failed', title: 'Failed', detection: { selection: { a: 1 }, condition: 'selection' } };
  const many = { id: OTHER, title: 'Many', correlation: { type: 'event_count', rules: ['failed'], timespan: '5m', condition: { gte: 2 } } };
  const linked = (...rules: object[]) => new RuleSet(rules.map((rule) => parseRule(rule))).ordered.map(({ rule, raises }) => [rule.title, raises]);

  it('stand after what they correlate, which raises nothing by itself', () => {
    assert.deepEqual(linked(many, failed), [['Failed', false], ['Many', true]]);
  });

  it('raise both where the part has a level of its own, or the whole says generate', () => {
    assert.deepEqual(linked({ ...failed, level: 'low' }, many), [['Failed', true], ['Many', true]]);
    assert.deepEqual(linked(failed, { ...many, generate: true }), [['Failed', true], ['Many', true]]);
  });

  it('leave out what is switched off, and what only that needed; but keep a part that others need', () => {
    assert.deepEqual(linked(failed, { ...many, status: 'deprecated' }), []);
    assert.deepEqual(linked({ ...failed, enabled: false, level: 'low' }, many), [['Failed', false], ['Many', true]]);
  });

  const WRONG: readonly [string, readonly object[], string][] = [
    ['an unknown rule', [many], `${OTHER}: correlation.rules[0]: no rule has this id or name`],
    ['an id twice', [failed, { ...failed, name: 'else' }], `${ID}: id: another rule has it`],
    ['a name twice', [failed, { ...failed, id: OTHER }], `${OTHER}: name: another rule has it`],
    ['a rule of itself', [{ ...many, name: 'failed' }], `${OTHER}: correlation.rules: it correlates itself`],
    ['a signal', [{ id: ID, name: 'failed', title: 'S', signal: { type: 'ledger_silence', timespan: '15m', condition: { gte: 1 } } }, many], `${OTHER}: correlation.rules[0]: a signal is no entry, and cannot be correlated`],
  ];
  for (const [what, rules, message] of WRONG) it(`refuse ${what}`, () => assert.throws(() => linked(...rules), { name: 'SigmaError', message }));
});
