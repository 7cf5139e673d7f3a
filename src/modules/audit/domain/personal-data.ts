import type { AuditEvent, PersonalData } from '#pure/audit-event/audit-event.js';
import { isJsonObject, type JsonObject, type JsonValue } from '#pure/canonical-json/json-value.js';

/**
 * What of an event is about people, cut so that each piece is of one person: an administrator's address must go with
 * the administrator, and the name of the account that was made with its holder.
 */
export interface PersonalPiece extends PersonalData {
  /**
   * Somebody who was not authenticated spoke of this account, by naming it at a login. Strangers make no key of
   * others: neither rows that they choose, nor a difference in time that tells which names exist.
   */
  readonly byStranger: boolean;
}

/** A piece as an entry's body holds it. */
export interface SealedPiece {
  /** Of the subject's key: without that row it is noise. */
  readonly key: string;
  /** base64url of nonce, ciphertext and tag. The entry's id is the associated data. */
  readonly data: string;
}

/** A data key's place: one for each subject and month; where nobody is known, one for each day. */
export interface KeySlot {
  readonly subject: string;
  /** `2026-11`, or `2026-11-22`. UTC. */
  readonly period: string;
}

/** No id of a principal looks like it. */
export const NOBODY = 'nobody';

export function slotOf(subject: string | null, timeMillis: number): KeySlot {
  const day = new Date(timeMillis).toISOString().slice(0, 10);
  return subject === null ? { subject: NOBODY, period: day } : { subject, period: day.slice(0, 7) };
}

const MEMBERS = ['userName', 'email', 'ipAddress', 'userAgent', 'note'] as const;

/** In characters, of six bytes at worst. Node lets a header have 16 KiB, and an entry that is too long is a deed that cannot be done. */
const MEMBER_LENGTH_MAX: Readonly<Record<(typeof MEMBERS)[number], number>> = { userName: 100, email: 254, ipAddress: 50, userAgent: 300, note: 1000 };

/** Lengths are told in steps of this: what is inside does not show by its size. */
const PADDED_TO_BYTES = 128;

/** Where a request came from. */
export type RequestSource = { readonly ipAddress: string; readonly userAgent: string | null } | null;

/** None where there is neither a request nor personal data. */
export function personalPieces(event: AuditEvent, source: RequestSource): readonly PersonalPiece[] {
  const { actor, personal } = event;
  const origin = source === null ? {} : { ipAddress: source.ipAddress, ...(source.userAgent === null ? {} : { userAgent: source.userAgent }) };
  const actorId = actor === null || actor.kind === 'system' ? null : actor.id;
  const subject = personal?.subject ?? actorId;
  // With nobody behind it, an address may be that of the account's holder, and goes where the account's data goes.
  const owner = actorId ?? subject;
  const told = { ...personal, subject };
  const isByStranger = actor === null && personal !== undefined;
  // Strangers come by requests: each attempt has an address, and so each leaves the same, whatever was named.
  if (isByStranger && source === null) return [];
  const pieces = subject === owner ? [{ ...origin, ...told }] : [told, { ...origin, subject: owner }];
  return pieces.filter((piece) => MEMBERS.some((name) => piece[name] !== undefined)).map((piece) => ({ ...piece, byStranger: isByStranger }));
}

/** The plaintext of a piece: JSON, padded with spaces. Whose it is stands with the key. */
export function encodePiece(piece: PersonalData): Buffer {
  const told: Partial<Record<(typeof MEMBERS)[number], string>> = {};
  for (const name of MEMBERS) if (piece[name] !== undefined) told[name] = piece[name].slice(0, MEMBER_LENGTH_MAX[name]);
  const json = JSON.stringify(told);
  const lengthBytes = Buffer.byteLength(json);
  const padded = Buffer.alloc(Math.ceil(lengthBytes / PADDED_TO_BYTES) * PADDED_TO_BYTES, ' ');
  padded.write(json);
  return padded;
}

/** The plaintext of a piece in which there is nothing, of another one's length. */
export function encodeNothing(lengthBytes: number): Buffer {
  return Buffer.from('{}'.padEnd(lengthBytes), 'utf8');
}

/** What `encodePiece` wrote; it was authenticated, so it parses. */
export function decodePiece(plaintext: Buffer, subject: string): PersonalData {
  const piece: unknown = JSON.parse(plaintext.toString('utf8'));
  const told = isJsonObject(piece) ? MEMBERS.flatMap((name) => (typeof piece[name] === 'string' ? [[name, piece[name]]] : [])) : [];
  return { ...(Object.fromEntries(told) as Omit<PersonalData, 'subject'>), subject: subject === NOBODY ? null : subject };
}

/** The sealed pieces of a stored body. Bodies are our own bytes: they parse. */
export function sealedPiecesOf(body: Buffer): readonly SealedPiece[] {
  const entry: unknown = JSON.parse(body.toString('utf8'));
  const unmapped = isJsonObject(entry) ? entry['unmapped'] : undefined;
  const pieces: JsonValue | undefined = isJsonObject(unmapped) ? unmapped['personal'] : undefined;
  return Array.isArray(pieces) ? pieces.filter(isSealedPiece) : [];
}

function isSealedPiece(value: JsonValue): value is JsonObject & SealedPiece {
  return isJsonObject(value) && typeof value['key'] === 'string' && typeof value['data'] === 'string';
}
