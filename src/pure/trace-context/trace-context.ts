import { trimOf } from '../encoding/trim.js';

/**
 * W3C Trace Context, level 2 (https://www.w3.org/TR/trace-context-2/): how requests of several systems are told to
 * belong together. Whoever calls may say what it likes, so it is a correlation and nothing else: no decision is made
 * by it, it is no identifier of ours, and what is not exactly well-formed is as if it had not been sent.
 */
export interface TraceContext {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 of them: the caller's span as received, one's own as sent. */
  readonly spanId: string;
  readonly sampled: boolean;
  /** The right half of the trace id is random (level 2): others may sample by it. */
  readonly random: boolean;
  /** `tracestate`, handed on as it came; null when there is none. */
  readonly state: string | null;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED = 0x01;
const RANDOM = 0x02;

/** §3.3.1.3: list members, and what a member may look like; `multi-tenant@vendor` keys included. */
const MEMBERS_MAX = 32;
const MEMBER = /^[a-z0-9][a-z0-9_\-*/]{0,255}(?:@[a-z][a-z0-9_\-*/]{0,13})?=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
/** §3.3.1.5 asks for 512 characters at least; a header that is as long as all of ours may be is not carried on. */
const STATE_LENGTH_MAX = 1_024;

/**
 * @param parents every `traceparent` header of the request: with more than one, none says whose child this is.
 * @param states every `tracestate` header, in order; they are one list (RFC 9110 §5.3).
 */
export function parseTraceContext(parents: readonly string[], states: readonly string[]): TraceContext | null {
  const match = parents.length === 1 ? TRACEPARENT.exec(parents[0]!) : null;
  if (match === null) return null;
  const [, version, traceId, spanId, flags, more] = match;
  // §3.2.2.1: `ff` is invalid, version 00 has these four fields and no more, later ones may have more.
  if (version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (/^0+$/.test(traceId!) || /^0+$/.test(spanId!)) return null;
  const bits = Number.parseInt(flags!, 16);
  return { traceId: traceId!, spanId: spanId!, sampled: (bits & SAMPLED) !== 0, random: (bits & RANDOM) !== 0, state: parseTraceState(states) };
}

/** Null when any of it is malformed (§3.3.1.4): a list of which a part is missing says something else. */
function parseTraceState(headers: readonly string[]): string | null {
  const members = headers.flatMap((header) => header.split(',').map((member) => trimOf(member, ' \t'))).filter((member) => member !== '');
  const keys = members.map((member) => member.slice(0, member.indexOf('=')));
  const wellFormed = members.length > 0 && members.length <= MEMBERS_MAX && members.every((member) => MEMBER.test(member)) && new Set(keys).size === keys.length;
  const state = members.join(',');
  return wellFormed && state.length <= STATE_LENGTH_MAX ? state : null;
}

/** The `traceparent` of a request that is made from within the span: always of version 00, whatever came in. */
export function formatTraceparent({ traceId, spanId, sampled, random }: Omit<TraceContext, 'state'>): string {
  return `00-${traceId}-${spanId}-0${(sampled ? SAMPLED : 0) | (random ? RANDOM : 0)}`;
}
