import { isJsonObject, type JsonObject } from '#pure/canonical-json/json-value.js';

export const CLOUD_EVENT_TYPE = 'application/cloudevents+json; charset=utf-8';

/** What a follower of the log has to know of an entry to choose whom it is for. */
export interface EntryOutline {
  /** Our event code. */
  readonly code: string;
  readonly projectId: string | null;
  readonly timeMillis: number;
}

/** Reads a stored body. Bodies are our own bytes: they parse; null for one that is not shaped like an entry of ours. */
export function outlineOf(body: Buffer): EntryOutline | null {
  const entry: unknown = JSON.parse(body.toString('utf8'));
  if (!isJsonObject(entry) || !isJsonObject(entry['metadata'])) return null;
  const [code, timeMillis] = [entry['metadata']['event_code'], entry['time']];
  if (typeof code !== 'string' || typeof timeMillis !== 'number') return null;
  const facts = entry['unmapped'];
  const projectId = isJsonObject(facts) && typeof facts['projectId'] === 'string' ? facts['projectId'] : null;
  return { code, projectId, timeMillis };
}

/** `//host/audit/1`: the log's origin as a reference that any URI parser takes, whatever the host looks like. */
function sourceOf(origin: string): string {
  return `//${origin}`;
}

/**
 * An entry as a CloudEvent 1.0 in JSON. Its data is the OCSF entry without the ciphertext of personal data: who
 * receives it sees pseudonyms, and keeps nothing that an erasure would have to reach.
 */
export function cloudEventOf(origin: string, entryId: string, body: Buffer): JsonObject {
  const entry: unknown = JSON.parse(body.toString('utf8'));
  const outline = outlineOf(body);
  if (!isJsonObject(entry) || outline === null) throw new TypeError(`entry ${entryId} is no entry`);
  return {
    specversion: '1.0',
    type: outline.code,
    source: sourceOf(origin),
    id: entryId,
    time: new Date(outline.timeMillis).toISOString(),
    datacontenttype: 'application/json',
    data: withoutPersonal(entry),
  };
}

/** What `POST /v1/webhooks/:id/test` sends: it stands for no entry. */
export function testEvent(origin: string, messageId: string, at: Date, webhookId: string): JsonObject {
  return {
    specversion: '1.0',
    type: 'webhook.test',
    source: sourceOf(origin),
    id: messageId,
    time: at.toISOString(),
    datacontenttype: 'application/json',
    data: { webhookId },
  };
}

function withoutPersonal(entry: JsonObject): JsonObject {
  const { unmapped, ...rest } = entry;
  if (!isJsonObject(unmapped)) return entry;
  const { personal: _ciphertext, ...facts } = unmapped;
  return Object.keys(facts).length === 0 ? rest : { ...rest, unmapped: facts };
}
