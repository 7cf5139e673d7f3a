import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AuditEvent } from '#pure/audit-event/audit-event.js';
import { canonicalJsonBytes } from '#pure/canonical-json/canonical-json.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type EntryStamp, ocsfEntry } from './ocsf-entry.js';
import { readEntryObject, searchRowOf, searchTerm, targetTerm, UNREADABLE_CODE } from './search-row.js';
import { searchFacts } from './search-filter.js';

const KIND = { code: 'spec.deed', classUid: 6003, activityId: 1, severityId: 1, description: 'x' };
const PROJECT = '0198c0de-0000-7000-8000-000000000001';
const STAMP: EntryStamp = { id: '0198c0de-0000-7000-8000-00000000abcd', timeMillis: 1_763_769_600_123, requestId: null, traceId: null, source: null, productVersion: '1' };
const bodyOf = (over: Partial<AuditEvent> = {}): Buffer => canonicalJsonBytes(ocsfEntry({ kind: KIND, outcome: 'success', actor: systemPrincipal('spec'), ...over }, STAMP));

describe('the search row of an entry', () => {
  it('says when, what, who, how it ended, where and on what', () => {
    const row = searchRowOf(bodyOf({ projectId: PROJECT, targets: [{ type: 'blob', uid: 'b' }, { type: 'user', uid: 'u' }] }));
    assert.deepEqual(row, {
      timeMillis: 1_763_769_600_123,
      kind: { code: 'spec.deed', classUid: 6003, outcome: 'success' },
      actor: searchTerm('spec'),
      projectId: PROJECT,
      targets: [targetTerm('blob', 'b'), targetTerm('user', 'u')],
    });
  });

  it('reads every outcome back as it was recorded', () => {
    for (const outcome of ['success', 'failure', 'denied'] as const) assert.equal(searchRowOf(bodyOf({ outcome })).kind.outcome, outcome);
  });

  it('knows nobody by name: the anonymous, and who has no project', () => {
    const row = searchRowOf(bodyOf({ actor: null }));
    assert.deepEqual([row.actor, row.projectId, row.targets], [searchTerm('anonymous'), null, []]);
  });

  it('does not take a posed project, nor one that is no id', () => {
    assert.equal(searchRowOf(bodyOf({ facts: { projectId: PROJECT } })).projectId, null);
    assert.equal(searchRowOf(bodyOf({ projectId: "x'; DROP TABLE audit.search" })).projectId, null);
  });

  it('calls unreadable what is not the one line of JSON that an entry is, and never throws', () => {
    const good = bodyOf().toString();
    const strange = [
      '', '{}', '{"n":1}', 'null', '[]', '"x"', 'not json', '{"a":', `${good}\n`, good.replace('{', '{\r\n'), '\ufeff' + good, good + '\0',
      good.replaceAll('"spec.deed"', '"Spec Deed"'), good.replaceAll('"spec.deed"', `"${UNREADABLE_CODE}"`), good.replaceAll('"spec.deed"', `"${'a'.repeat(101)}"`),
      good.replace('"time":1763769600123', '"time":1e99'), good.replace('"time":1763769600123', '"time":-1'), good.replace('"time":1763769600123', '"time":"x"'),
      good.replace('"class_uid":6003', '"class_uid":2147483648'), good.replace('"uid":"spec"', '"uid":7'), '{"__proto__":{"metadata":{"event_code":"a"}}}',
    ];
    for (const text of strange) assert.equal(searchRowOf(Buffer.from(text)).kind.code, UNREADABLE_CODE, text);
    assert.equal(searchRowOf(Buffer.from([0x7b, 0xff, 0x7d])).kind.code, UNREADABLE_CODE);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void searchRowOf(Buffer.from(bytes))));
    fc.assert(fc.property(fc.json(), (text) => void searchRowOf(Buffer.from(text))));
  });

  it('takes no more than a hundred targets of one entry, and each once', () => {
    const targets = Array.from({ length: 150 }, (_, n) => ({ type: 't', uid: String(n % 120) }));
    assert.equal(searchRowOf(bodyOf({ targets })).targets.length, 100);
    assert.equal(searchRowOf(bodyOf({ targets: [...targets.slice(0, 2), ...targets.slice(0, 2)] })).targets.length, 2);
  });

  it('gives an object only of valid UTF-8 without a line break', () => {
    assert.deepEqual(readEntryObject(Buffer.from('{"a":1}')), { a: 1 });
    for (const bytes of [Buffer.from('{"a":1}\n'), Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d])]) assert.equal(readEntryObject(bytes), null);
  });
});

describe('the record of a search', () => {
  it('tells which filters were used, and repeats only what cannot be a name', () => {
    const uid = '0198c0de-0000-7000-8000-000000000002';
    assert.deepEqual(searchFacts({ code: 'auth.*', fromMillis: 5, actor: uid, target: { type: 'user', uid } }), {
      filters: ['actor', 'code', 'fromMillis', 'target'], code: 'auth.*', fromMillis: 5, actorUid: uid, targetUid: uid,
    });
    assert.deepEqual(searchFacts({ actor: 'Jane Roe', target: { type: 'mail', uid: 'jane@example.com' } }), { filters: ['actor', 'target'] });
    assert.deepEqual(searchFacts({}), { filters: [] });
  });
});
