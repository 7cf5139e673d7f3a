import { trimEndOf } from '#pure/encoding/trim.js';

/** The two halves of `Authorization: Basic`, as they were sent. */
export interface BasicCredential {
  readonly name: string;
  readonly secret: string;
}

/** RFC 7617 §2: the name ends at the first colon. Null for what is not base64 of one; one text for one credential, whose padding may be left out. */
export function readBasic(value: string): BasicCredential | null {
  const bytes = Buffer.from(value, 'base64');
  if (trimEndOf(bytes.toString('base64'), '=') !== trimEndOf(value, '=')) return null;
  const pair = bytes.toString('latin1');
  const colon = pair.indexOf(':');
  return colon === -1 ? null : { name: pair.slice(0, colon), secret: pair.slice(colon + 1) };
}
