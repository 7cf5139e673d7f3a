import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AuditEvent, AuditEventKind } from '#pure/audit-event/audit-event.js';
import { canonicalJson, canonicalJsonBytes } from '#pure/canonical-json/canonical-json.js';
import { isJsonObject, type JsonObject } from '#pure/canonical-json/json-value.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import { ENTRY_BYTES_MAX, entryBytes, type EntryStamp, ocsfEntry, projectOfEntry } from './ocsf-entry.js';

const STAMP: EntryStamp = {
  id: '0198c0de-0000-7000-8000-000000000001',
  timeMillis: 1_763_769_600_123,
  requestId: '0198c0de-0000-7000-8000-0000000000aa',
  traceId: null,
  source: 'c291cmNlLW9mLWRheQ',
  productVersion: '1.2.3',
};
const SESSION = '0198c0de-0000-7000-8000-00000000cafe';
const USER: Principal = { ...systemPrincipal('x'), id: '0198c0de-0000-7000-8000-000000000007', kind: 'user', sessionId: SESSION };
const kind = (classUid: number, activityId = 1): AuditEventKind => ({ code: 'thing.do', classUid, activityId, severityId: 1, description: '' });
const event = (over: Partial<AuditEvent> = {}): AuditEvent => ({ kind: kind(6003), outcome: 'success', actor: USER, ...over });

/** A member of the body by its path. */
function at(body: JsonObject, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (isJsonObject(value) ? value[name] : undefined), body);
}

describe('the OCSF body of an entry', () => {
  it('has every attribute that OCSF 1.8.0 demands of all events', () => {
    const body = ocsfEntry(event(), STAMP);
    assert.equal(at(body, 'class_uid'), 6003);
    assert.equal(at(body, 'category_uid'), 6);
    assert.equal(at(body, 'type_uid'), 600301);
    assert.equal(at(body, 'time'), STAMP.timeMillis);
    assert.equal(at(body, 'metadata.version'), '1.8.0');
    assert.equal(at(body, 'metadata.product.name'), 'Quantonium');
    for (const name of ['activity_id', 'severity_id']) assert.equal(typeof body[name], 'number', name);
  });

  it('says which entry, which kind and which request it is', () => {
    const body = ocsfEntry(event(), STAMP);
    assert.equal(at(body, 'metadata.uid'), STAMP.id);
    assert.equal(at(body, 'metadata.event_code'), 'thing.do');
    assert.equal(at(body, 'metadata.correlation_uid'), STAMP.requestId);
    assert.equal(at(ocsfEntry(event(), { ...STAMP, requestId: null }), 'metadata.correlation_uid'), undefined);
  });

  it('says where a request came from by a digest alone, and of background work that it came from nowhere else', () => {
    for (const classUid of [1008, 3001, 3002, 3005, 6003]) assert.equal(at(ocsfEntry(event({ kind: kind(classUid) }), STAMP), 'src_endpoint.uid'), STAMP.source);
    const inBackground = { ...STAMP, requestId: null, source: null };
    assert.equal(at(ocsfEntry(event(), inBackground), 'src_endpoint.uid'), 'internal');
    assert.equal(at(ocsfEntry(event({ kind: kind(3002) }), inBackground), 'src_endpoint'), undefined);
  });

  it('says which trace it belongs to, with the profile that the member needs', () => {
    const traced = ocsfEntry(event({ outcome: 'denied' }), { ...STAMP, traceId: '4bf92f3577b34da6a3ce929d0e0e4736' });
    assert.deepEqual(traced['trace'], { uid: '4bf92f3577b34da6a3ce929d0e0e4736' });
    assert.deepEqual(at(traced, 'metadata.profiles'), ['security_control', 'trace']);
    assert.equal(ocsfEntry(event(), STAMP)['trace'], undefined);
    assert.equal(at(ocsfEntry(event(), STAMP), 'metadata.profiles'), undefined);
  });

  it('shows the session as its hash and never as its id', () => {
    const body = ocsfEntry(event(), STAMP);
    assert.match(String(at(body, 'actor.session.uid')), /^[0-9a-f]{64}$/);
    assert.equal(canonicalJson(body).includes(SESSION), false);
  });

  it('tells users, services, components and nobody apart', () => {
    const typeOf = (actor: Principal | null): unknown => at(ocsfEntry(event({ actor }), STAMP), 'actor.user.type_id');
    assert.deepEqual([USER, { ...USER, kind: 'service' as const }, systemPrincipal('ledger'), null].map(typeOf), [1, 4, 3, 0]);
    assert.equal(at(ocsfEntry(event({ actor: null }), STAMP), 'actor.session'), undefined);
  });

  it('marks a denial with the profile that its members belong to', () => {
    const denied = ocsfEntry(event({ outcome: 'denied' }), STAMP);
    assert.deepEqual([denied['status_id'], denied['action_id'], denied['disposition_id']], [2, 2, 26]);
    assert.deepEqual(at(denied, 'metadata.profiles'), ['security_control']);
    const failed = ocsfEntry(event({ outcome: 'failure' }), STAMP);
    assert.deepEqual([failed['status_id'], failed['action_id']], [2, undefined]);
    assert.equal(ocsfEntry(event(), STAMP)['status_id'], 1);
  });

  it('names as the account the one that it was done to, else the one that did it', () => {
    const created = event({ kind: kind(3001), targets: [{ type: 'project', uid: 'p' }, { type: 'user', uid: 'u' }] });
    assert.equal(at(ocsfEntry(created, STAMP), 'user.uid'), 'u');
    assert.equal(at(ocsfEntry(event({ kind: kind(3002) }), STAMP), 'user.uid'), USER.id);
  });

  it('keeps facts flat, and does not let one of them pose as the project', () => {
    const body = ocsfEntry(event({ projectId: 'real', facts: { projectId: 'posed', shots: 17, ok: true } }), STAMP);
    assert.deepEqual(body['unmapped'], { projectId: 'real', shots: 17, ok: true });
    assert.equal(ocsfEntry(event(), STAMP)['unmapped'], undefined);
    assert.equal(ocsfEntry(event({ facts: { projectId: 'posed' } }), STAMP)['unmapped'], undefined);
  });

  it('is read back for the project that it belongs to', () => {
    const bytes = (over: Partial<AuditEvent>): Buffer => canonicalJsonBytes(ocsfEntry(event(over), STAMP));
    assert.equal(projectOfEntry(bytes({ projectId: 'p' })), 'p');
    assert.equal(projectOfEntry(bytes({ facts: { projectId: 'posed', shots: 1 } })), null);
    assert.equal(projectOfEntry(bytes({})), null);
  });

  it('has words for what would end a line, move a cursor or have no UTF-8', () => {
    const body = entryBytes(event({ facts: { 'half \ud800': 'a\udc00b\r\n' }, targets: [{ type: 'thing', uid: '\ud83d' }] }), STAMP)!;
    const { unmapped, resources } = JSON.parse(body.toString()) as { unmapped: object; resources: object };
    assert.deepEqual([unmapped, resources], [{ 'half \\u{d800}': 'a\\u{dc00}b\\u{d}\\u{a}' }, [{ type: 'thing', uid: '\\u{d83d}' }]]);
  });

  it('is not made of a deed that is too long for it', () => {
    assert.equal(entryBytes(event({ facts: { text: 'x'.repeat(17_000) } }), STAMP), null);
  });

  it('is cut of a refusal or a failure that is too long for it, at its worst too, and says so', () => {
    const facts = Object.fromEntries([...Array.from({ length: 100 }, (_, n) => [`fact${n}`, '\u2028'.repeat(2_000)]), ['list', Array.from({ length: 5_000 }, () => 'x')]]) as Record<string, string>;
    const targets = Array.from({ length: 500 }, () => ({ type: '\u2028'.repeat(500), uid: '\u2028'.repeat(500) }));
    for (const outcome of ['failure', 'denied'] as const) {
      for (const classUid of [1008, 2004, 3001, 3002, 3004, 3005, 6003]) {
        const bytes = entryBytes(event({ outcome, facts, targets, kind: kind(classUid) }), { ...STAMP, personal: [{ key: 'k', data: 'x'.repeat(20_000) }] })!;
        assert.ok(bytes.length <= ENTRY_BYTES_MAX, `${bytes.length} bytes`);
        const body = JSON.parse(bytes.toString()) as JsonObject;
        assert.equal(at(body, 'metadata.is_truncated'), true);
        assert.ok(Number(at(body, 'metadata.untruncated_size')) > ENTRY_BYTES_MAX);
        assert.equal(at(body, 'actor.user.uid'), USER.id);
        assert.ok(String(at(body, 'unmapped.fact0')).length > 0);
      }
    }
  });

  it('names the activity where its number says only «other»', () => {
    assert.equal(ocsfEntry(event({ kind: kind(6003, 99) }), STAMP)['activity_name'], 'thing.do');
    assert.equal(ocsfEntry(event(), STAMP)['activity_name'], undefined);
  });
});
