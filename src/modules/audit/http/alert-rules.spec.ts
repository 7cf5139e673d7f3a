import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { PolicyDecision } from '#modules/rbac/index.js';
import type { Permission } from '#pure/capability/permission.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { bound } from '../../../../test/harness/bound-controller.js';
import { occur } from '../../../../test/harness/detection.js';
import { RULE_FIXTURES } from '../../../../test/harness/detection-fixtures.js';
import { HandClock } from '../../../../test/harness/hand-clock.js';
import { type HttpApplication, openHttpApplication } from '../../../../test/harness/http-application.js';
import { type LedgerScene, openLedgerScene } from '../../../../test/harness/ledger.js';
import { RuleBook } from '../detection/rule-book.js';
import { SHIPPED_RULES_DIRECTORY } from '../detection/rule-files.js';
import { rulesOfYaml } from '../detection/rule-source.js';
import { RuleTrial, TRIAL_LIMITS, type TrialLimits } from '../detection/rule-trial.js';
import { LogFollower } from '../log-follower.js';
import { CursorRepository } from '../persistence/cursor.repository.js';
import { EntryRepository } from '../persistence/entry.repository.js';
import { MatchRepository } from '../persistence/match.repository.js';
import { SearchLookupRepository } from '../persistence/search-lookup.repository.js';
import { SearchRepository } from '../persistence/search.repository.js';
import { TreeRepository } from '../persistence/tree.repository.js';
import { SearchIndex } from '../search/search-index.js';
import { AlertRulesController } from './alert-rules.controller.js';
import type { RuleListDto, TrialDto } from './alert-rules.dto.js';

const NOON = Date.UTC(2026, 10, 22, 12);
const TIME = { from: '2026-11-22T11:00:00Z', to: '2026-11-22T13:00:00Z' };
const ID = '0198c0de-0000-4000-8000-000000000001';
const RULE = { id: ID, title: 'Any refused login', level: 'low', 'group-by': ['unmapped.loginName'], detection: { selection: { 'metadata.event_code': 'auth.login.failed' }, condition: 'selection' } };
const shipped = (file: string): string => readFileSync(join(SHIPPED_RULES_DIRECTORY, file), 'utf8');

const GRANTED: Readonly<Record<string, readonly string[]>> = { analyst: ['alerts:read', 'audit:read'], watcher: ['alerts:read'], reader: ['audit:read'] };
const policy = {
  require: ({ id }: { id: string }, { name }: Permission, projectId: string | null): Promise<void> =>
    (projectId === null && GRANTED[id]?.includes(name) === true ? Promise.resolve() : Promise.reject(new Fault(REQUEST_FAULTS.forbidden))),
} as unknown as PolicyDecision;

describe('detection rules over HTTP', () => {
  let scene: LedgerScene;
  let http: HttpApplication;
  let trial: RuleTrial;
  const clock = new HandClock(NOON);
  const book = new RuleBook('/nonexistent');
  before(async () => {
    scene = await openLedgerScene({ clock });
    await occur(scene.log, clock, NOON, [...RULE_FIXTURES['brute_force.yml']!.fires, ...RULE_FIXTURES['stuffing_success.yml']!.fires]);
    await occur(scene.log, clock, NOON + 3 * 3_600_000, RULE_FIXTURES['brute_force.yml']!.fires);
    while ((await scene.sequencer.sequence()) > 0);
    const entries = new EntryRepository();
    const index = new SearchIndex(scene.database.sequencer, new LogFollower(scene.database.sequencer, new CursorRepository(), entries), entries, new SearchRepository());
    while ((await index.extend()) > 0);
    trial = new RuleTrial(scene.database.app, entries, new TreeRepository(), new SearchLookupRepository(), new MatchRepository(), clock);
    const make = (): AlertRulesController => new AlertRulesController(book, trial, scene.log, policy);
    http = await openHttpApplication([bound('v1/alerts/rules', AlertRulesController, make)]);
  });
  after(async () => {
    await http.close();
    await scene.close();
  });

  const ask = async <T>(method: string, path: string, body?: unknown, who = 'analyst'): Promise<{ status: number; event: string | null; body: T }> => {
    const headers = { authorization: `Bearer good-${who}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const response = await fetch(`${http.url}/v1/alerts/rules${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    return { status: response.status, event: response.headers.get('audit-event-id'), body: (await response.json()) as T };
  };
  const tryRule = (rule: unknown, time: object = TIME) => ask<TrialDto & { errors: { pointer: string; code: string; detail: string }[] }>('POST', '/test', { rule, ...time });
  const tables = () => scene.query("SELECT (SELECT count(*) FROM alerts.rule_match) AS matches, (SELECT count(*) FROM alerts.alert) AS alerts, (SELECT next_index FROM audit.cursor WHERE name = 'detection') AS reached");

  it('shows what a rule would have raised, over the time that is asked for, and raises nothing', async () => {
    const before = await tables();
    const { status, event, body } = await tryRule(shipped('brute_force.yml'));
    assert.equal(status, 200);
    assert.match(event ?? '', /^[0-9a-f-]{36}$/);
    assert.equal(body.alerts.length, 1);
    assert.partialDeepStrictEqual(body.alerts[0], { title: 'Many refused logins of one account', severity: 'medium', count: 10, fired: 1, group: { 'unmapped.loginName': 'name-1' } });
    assert.equal(body.alerts[0]!.entryIds.length, 10);
    assert.deepEqual([body.complete, body.endedBy, body.endedAt, body.entries], [true, null, null, 26]);
    assert.deepEqual(await tables(), before);
  });

  it('lets a rule correlate those that are loaded, and shows what it finds alone', async () => {
    const { body } = await tryRule(shipped('stuffing_success.yml'));
    assert.deepEqual(body.alerts.map(({ title, severity }) => [title, severity]), [['A login succeeded after a spray from the same network', 'critical']]);
  });

  it('takes a rule as an object, and tells groups apart', async () => {
    const { body } = await tryRule(RULE);
    assert.equal(body.alerts.length, 15, 'names 0 to 14, of which one was tried by both');
    assert.equal(body.alerts.reduce((sum, { fired }) => sum + fired, 0), 25);
  });

  it('tries a rule that is switched off, since its author wants to see it', async () => {
    assert.equal((await tryRule({ ...RULE, enabled: false })).body.alerts.length, 15);
  });

  it('sees nothing outside of the time', async () => {
    for (const time of [{ from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' }, { from: '2026-11-22T12:10:00Z', to: '2026-11-22T14:59:59+00:00' }]) {
      assert.partialDeepStrictEqual((await tryRule(RULE, time)).body, { alerts: [], entries: 0, complete: true });
    }
  });

  const analyst = { ...systemPrincipal('analyst'), kind: 'user' as const };
  const bounded = (limits: Partial<TrialLimits>, instead = trial) =>
    instead.run(analyst, book.setOf(rulesOfYaml(`${JSON.stringify(RULE)}`).map(({ rule }) => rule)), { fromMillis: NOON, toMillis: NOON + 3_600_000 }, { ...TRIAL_LIMITS, ...limits });
  for (const [limit, value] of [['entries', 7], ['alerts', 3], ['durationMillis', 0]] as const) {
    it(`ends at its limit of ${limit}, with what it has, and says so`, async () => {
      const { ended, entries, alerts } = await bounded({ [limit]: value });
      assert.equal(ended?.by, limit);
      assert.ok(entries < 25 && alerts.length <= 7);
      assert.ok(ended.atMillis >= NOON);
    });
  }

  it('ends when correlations would remember too much', async () => {
    const set = book.setOf(rulesOfYaml(shipped('brute_force.yml')).map(({ rule }) => rule));
    const { ended } = await trial.run(analyst, set, { fromMillis: NOON, toMillis: NOON + 3_600_000 }, { ...TRIAL_LIMITS, matches: 5 });
    assert.equal(ended?.by, 'matches');
  });

  it('lets the process do something else after 20 ms, also between two entries of a page', async () => {
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    const seen: number[] = [];
    class SlowClock extends HandClock {
      override monotonicMillis(): number {
        seen.push(turns);
        return (this.millis += 7);
      }
    }
    turn();
    const slow = new RuleTrial(scene.database.app, new EntryRepository(), new TreeRepository(), new SearchLookupRepository(), new MatchRepository(), new SlowClock());
    const { entries } = await bounded({}, slow);
    isOver = true;
    assert.equal(entries, 26);
    assert.ok(new Set(seen).size >= entries / 2, `${new Set(seen).size} turns of the loop`);
  });

  it('refuses a third trial while one runs and one waits, and says when to come again', async () => {
    const [first, second, third] = await Promise.allSettled([bounded({}), bounded({}), bounded({})]);
    assert.deepEqual([first.status, second.status, third.status], ['fulfilled', 'fulfilled', 'rejected']);
    const { reason } = third as PromiseRejectedResult;
    assert.ok(reason instanceof Fault && reason.kind === REQUEST_FAULTS.unavailable && reason.kind.status === 503);
    assert.equal(reason.context.headers?.['Retry-After'], '1');
  });

  const REFUSED: readonly [string, unknown, object, string, RegExp?][] = [
    ['an unknown modifier', { ...RULE, detection: { selection: { 'user|foo': 1 }, condition: 'selection' } }, TIME, '/rule', /^detection\.selection\.user\|foo: unknown modifier$/],
    ['text that is no YAML', 'title: [', TIME, '/rule', /^line \d+: is not YAML$/],
    ['a part that is not there', { id: ID, title: 'x', correlation: { type: 'event_count', rules: ['nobody'], timespan: '5m', condition: { gte: 2 } } }, TIME, '/rule', /correlation\.rules\[0\]: no rule has this id or name$/],
    ['a number', 7, TIME, '/rule', /^rule: must be a map$/],
    ['rules that are too much together', [1, 2].map((n) => JSON.stringify({ ...RULE, id: ID.replace(/1$/, String(n)), detection: { selection: { 'unmapped.reason|re': Array.from({ length: 9 }, (_, at) => `a+${at}`) }, condition: 'selection' } })).join('\n---\n'), TIME, '/rule', /^document 2: detection\.selection\.unmapped\.reason\|re: the rule has more patterns/],
    ['no rule', undefined, TIME, '/rule'],
    ['a text as time', RULE, { ...TIME, from: 'yesterday' }, '/from'],
    ['a time without an offset', RULE, { ...TIME, to: '2026-11-22T13:00:00' }, '/to'],
    ['a time that ends before it begins', RULE, { from: TIME.to, to: TIME.from }, '/to'],
    ['no time', RULE, { from: TIME.from }, '/to'],
    ['an unknown field', RULE, { ...TIME, raise: true }, '/raise'],
  ];
  for (const [what, rule, time, pointer, detail] of REFUSED) {
    it(`refuses ${what}, and names its place`, async () => {
      const { status, body } = await tryRule(rule, time);
      assert.equal(status, 422);
      assert.equal(body.errors[0]?.pointer, pointer);
      if (detail !== undefined) assert.match(body.errors[0].detail, detail);
    });
  }

  it('refuses who may not see alerts', async () => {
    assert.equal((await ask('POST', '/test', { rule: RULE, ...TIME }, 'somebody')).status, 403);
    assert.equal((await ask('GET', '', undefined, 'somebody')).status, 403);
  });

  it('refuses a trial to who may see alerts and not the ledger, since a rule shows whatever it groups by, and the other way round', async () => {
    assert.equal((await ask('GET', '', undefined, 'watcher')).status, 200);
    for (const who of ['watcher', 'reader']) assert.equal((await ask('POST', '/test', { rule: RULE, ...TIME }, who)).status, 403, who);
  });

  it('lists the rules that are loaded, page by page, as they were written', async () => {
    const seen: string[] = [];
    for (let path: string | null = '?limit=7'; path !== null; ) {
      const { body }: { body: RuleListDto } = await ask<RuleListDto>('GET', path);
      seen.push(...body.items.map(({ id }) => id));
      path = body.next === null ? null : body.next.replace('/v1/alerts/rules', '');
    }
    assert.deepEqual(seen, book.rules.map(({ rule }) => rule.id).sort());
    const { body } = await ask<RuleListDto>('GET', '');
    assert.partialDeepStrictEqual(body.items.find(({ file }) => file === 'key_exported.yml'), { level: 'high', kind: 'detection', origin: 'shipped', raises: true, rule: { title: 'A key was exported' } });
    assert.partialDeepStrictEqual(body.items.find(({ title }) => title === 'A login was refused'), { level: null, raises: false });
  });
});
