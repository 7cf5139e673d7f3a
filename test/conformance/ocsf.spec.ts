import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AuditEvent, AuditEventKind } from '#pure/audit-event/audit-event.js';
import { isJsonObject, type JsonObject } from '#pure/canonical-json/json-value.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import { CATALOGUE } from '../../src/app/catalogue.js';
import { type EntryStamp, ocsfEntry } from '../../src/modules/audit/domain/ocsf-entry.js';

/**
 * OCSF 1.8.0 (github.com/ocsf/ocsf-schema at 3dcb905d), read for the classes that we use. `requires` are the attributes
 * with requirement «required» and one of each «at least one» constraint, down to the objects; `has` are those beyond the
 * base event that we may use; `activities` are the members of the enumeration, beside 0 Unknown and 99 Other.
 */
interface SchemaClass {
  readonly name: string;
  readonly requires: readonly string[];
  readonly has: readonly string[];
  readonly activities: readonly number[];
}
const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, index) => index + 1);
const IAM = ['actor', 'src_endpoint'];

const SCHEMA: Readonly<Record<number, SchemaClass>> = {
  1008: { name: 'Event Log Activity', requires: ['log_name'], has: ['actor', 'src_endpoint', 'log_name', 'log_provider'], activities: upTo(10) },
  2004: { name: 'Detection Finding', requires: ['finding_info.uid'], has: ['finding_info', 'is_alert', 'resources'], activities: upTo(3) },
  3001: { name: 'Account Change', requires: ['user.uid'], has: [...IAM, 'user'], activities: upTo(12) },
  3002: { name: 'Authentication', requires: ['user.uid', 'service.name'], has: [...IAM, 'user', 'service', 'session'], activities: upTo(7) },
  3003: { name: 'Authorize Session', requires: ['user.uid', 'privileges.0'], has: [...IAM, 'user', 'privileges', 'session'], activities: upTo(2) },
  3004: { name: 'Entity Management', requires: ['entity.uid'], has: [...IAM, 'entity'], activities: upTo(13) },
  3005: { name: 'User Access Management', requires: ['user.uid', 'privileges.0'], has: [...IAM, 'user', 'privileges', 'resources'], activities: upTo(2) },
  6002: { name: 'Application Lifecycle', requires: ['app.name'], has: ['app'], activities: upTo(8) },
  6003: { name: 'API Activity', requires: ['actor.user.uid', 'api.operation', 'src_endpoint.uid'], has: ['actor', 'api', 'resources', 'src_endpoint'], activities: upTo(4) },
};

const BASE_REQUIRES = ['activity_id', 'category_uid', 'class_uid', 'severity_id', 'time', 'type_uid', 'metadata.version', 'metadata.product.name', 'metadata.product.vendor_name'];
const BASE_HAS = ['activity_id', 'activity_name', 'category_uid', 'class_uid', 'type_uid', 'severity_id', 'time', 'metadata', 'status', 'status_id', 'count', 'start_time', 'end_time', 'unmapped'];
/** What a profile adds to any class that names it in `metadata.profiles`; `trace` is for API Activity alone. */
const PROFILES: Readonly<Record<string, readonly string[]>> = { security_control: ['action', 'action_id', 'disposition', 'disposition_id'], host: ['actor'], trace: ['trace'] };
const METADATA_HAS = ['version', 'product', 'event_code', 'uid', 'logged_time', 'correlation_uid', 'profiles', 'is_truncated', 'untruncated_size'];

const ANN: Principal = { ...systemPrincipal('x'), id: '0198c0de-0000-7000-8000-000000000007', kind: 'user', sessionId: '0198c0de-0000-7000-8000-00000000cafe' };
const STAMP: EntryStamp = { id: '0198c0de-0000-7000-8000-000000000001', timeMillis: 1_763_769_600_123, requestId: '0198c0de-0000-7000-8000-0000000000aa', source: 'c291cmNlLW9mLWRheQ', traceId: '4bf92f3577b34da6a3ce929d0e0e4736', productVersion: '1.2.3' };
const BACKGROUND: EntryStamp = { ...STAMP, requestId: null, source: null, traceId: null };

/** One event of a kind in each shape that its emitters give it: with everything, and with nothing. */
function occurrencesOf(kind: AuditEventKind): readonly JsonObject[] {
  const targets = ['alert', 'user', 'session', 'role-binding', 'entry'].map((type) => ({ type, uid: `${type}-1` }));
  const full = { targets, projectId: 'p', facts: { role: 'owner', rule: 'r', title: 't', severity: 'high', count: 3, list: ['a', 'b'], flag: true }, occurrences: { count: 3, firstMillis: 1, lastMillis: 2 } };
  const outcomes: readonly AuditEvent['outcome'][] = ['success', 'failure', 'denied'];
  return outcomes.flatMap((outcome) => [
    ocsfEntry({ kind, outcome, actor: ANN, ...full }, STAMP),
    ocsfEntry({ kind, outcome, actor: null }, STAMP),
    ocsfEntry({ kind, outcome, actor: systemPrincipal('job') }, BACKGROUND),
  ]);
}

function at(body: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (Array.isArray(value) ? (value as unknown[])[Number(name)] : isJsonObject(value) ? value[name] : undefined), body);
}

describe('OCSF 1.8.0', () => {
  it('has the class and the activity of every event that is declared', () => {
    const strange = CATALOGUE.events.filter(({ classUid, activityId }) => activityId !== 99 && SCHEMA[classUid]?.activities.includes(activityId) !== true);
    assert.deepEqual(strange.map(({ code, classUid, activityId }) => `${code}: ${classUid}/${activityId}`), []);
  });

  for (const kind of CATALOGUE.events) {
    it(`requires nothing that a body of ${kind.code} has not, and knows all that it has`, () => {
      const schema = SCHEMA[kind.classUid];
      assert.ok(schema !== undefined, `class ${kind.classUid} of ${kind.code} is not in this test: add it from the schema, and to ocsf-classes.ts`);
      for (const body of occurrencesOf(kind)) {
        for (const path of [...BASE_REQUIRES, ...schema.requires]) assert.ok(['string', 'number'].includes(typeof at(body, path)), `${path} is missing`);
        const profiles = (at(body, 'metadata.profiles') ?? []) as readonly string[];
        const known: ReadonlySet<string> = new Set([...BASE_HAS, ...schema.has, ...profiles.flatMap((name) => PROFILES[name] ?? [])]);
        assert.deepEqual(Object.keys(body).filter((name) => !known.has(name)), [], `${schema.name} has none of these`);
        assert.deepEqual(Object.keys(body['metadata'] as JsonObject).filter((name) => !METADATA_HAS.includes(name)), []);
        assert.deepEqual([body['type_uid'], body['category_uid']], [kind.classUid * 100 + kind.activityId, Math.floor(kind.classUid / 1000)]);
        assert.equal(body['activity_name'], kind.activityId === 99 ? kind.code : undefined);
        assert.ok(profiles.includes('trace') ? kind.classUid === 6003 : true);
      }
    });
  }

  it('says of several occurrences how many there were and between when', () => {
    for (const kind of CATALOGUE.events) {
      const [full, bare] = occurrencesOf(kind) as [JsonObject, JsonObject];
      assert.deepEqual([full['count'], full['start_time'], full['end_time'], at(full, 'unmapped.count')], [3, 1, 2, 3]);
      assert.deepEqual([bare['count'], bare['start_time'], bare['end_time']], [undefined, undefined, undefined]);
    }
  });

  it('is told in every class where a request came from and what was done to what', () => {
    for (const kind of CATALOGUE.events) {
      const [body] = occurrencesOf(kind) as [JsonObject];
      assert.equal(at(body, 'src_endpoint.uid') ?? at(body, 'unmapped.source'), STAMP.source, kind.code);
      const resources = (at(body, 'resources') ?? at(body, 'unmapped.resources')) as readonly { type: string; uid: string }[];
      assert.deepEqual(resources.map(({ type }) => type), ['alert', 'user', 'session', 'role-binding', 'entry'], kind.code);
      assert.equal(JSON.stringify(body).includes('session-1'), false, 'a session is told by its digest');
    }
  });

  it('rates a finding by its rule, and has no success of one', () => {
    const raise = CATALOGUE.events.find(({ code }) => code === 'alert.raise')!;
    const [full, bare] = occurrencesOf(raise) as [JsonObject, JsonObject];
    assert.deepEqual([full['severity_id'], bare['severity_id'], full['status_id']], [4, raise.severityId, undefined]);
    assert.deepEqual(full['finding_info'], { uid: 'alert-1', title: 't', analytic: { uid: 'r', type: 'Rule', type_id: 1 }, related_events_count: 3 });
  });
});
