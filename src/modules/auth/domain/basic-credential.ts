import { trimEndOf } from '#pure/encoding/trim.js';

/** The two halves of `Authorization: Basic`, as they were sent. */
export interface BasicCredential {
  readonly name: string;
  readonly secret: string;
}

/** RFC 7617 §2: the name ends at the first colon. Null for what is not base64 of one; one text for one credential, whose padding may be left out. */
export function readBasic(value: string): BasicCredential | null {
  const bytes = Buffer.from(value, 'base64');
  try {
    if (trimEndOf(bytes.toString('base64'), '=') !== trimEndOf(value, '=')) return null;
    const colon = bytes.indexOf(':');
    return colon === -1 ? null : { name: bytes.toString('latin1', 0, colon), secret: bytes.toString('latin1', colon + 1) };
  } finally {
    // Of the pool that small buffers share: it would stay there for as long as any of its neighbours.
    bytes.fill(0);
  }
}
