import type { FastifyRequest } from 'fastify';
import type { Permission } from '#pure/capability/permission.js';
import type { Principal } from '#pure/principal/principal.js';
import { parseTraceContext } from '#pure/trace-context/trace-context.js';
import type { RequestTrail, Trace } from '#platform/system/request-context.js';
import type { BodyHold } from './body-budget.js';
import { valuesOf } from './credential.js';
import { type PrefixRule, ruleOf } from './dialects.js';
import { SOCKET_LIMITS, type SocketLimits } from './http-settings.js';
import type { Reservation } from './rate-limit/request-limits.js';
import type { RoutePolicy } from './route-policy.js';

/** What the pipeline has found out about one request. Owned by the pipeline; handlers read it through decorators. */
export interface RequestState {
  readonly trail: RequestTrail;
  /** The path as the client sent it, without the query. */
  readonly path: string;
  readonly rule: PrefixRule;
  /** Null when no route matched. */
  policy: RoutePolicy | null;
  /** The hit that was counted against the source, until it is known whether it counts. */
  reservation: Reservation | null;
  /** Counted, or let by for a credential that is known. */
  isCounted: boolean;
  /** What the presented credential is remembered by; null when there is none. */
  credentialDigest: string | null;
  /** Its source is full or blocked: what the request is answered with unless its credential is valid. */
  trialRefusal: (() => Error) | null;
  principal: Principal | null;
  /** What `authorise` said yes to. The guard compares it with the annotation of the handler that is about to run. */
  authorised: Permission | null;
  /** A credential was presented and was not valid: the challenge then says so (RFC 6750 §3.1). */
  credentialRefused: boolean;
  /** SHA-256 of the body's bytes as received; of nothing when there was no body. Null until it has been read. */
  bodyDigest: Buffer | null;
  /** What its body has of the memory for bodies; null of one that is too small to count. */
  bodyHold: BodyHold | null;
  /** How long its body is waited for. */
  sockets: Pick<SocketLimits, 'bodyMillis' | 'silenceMillis'>;
  /** Its streamed body ceased to come: what failed for want of it is answered with that. */
  bodyStalled: boolean;
  /** The denial of this request has been handed to the recorder: once is enough, whatever fails after. */
  denialRecorded: boolean;
  /** Refused like every other just now: no failure of this request, and nothing to log about it. */
  refusedAtGate: boolean;
  /** It is answered with the approval that it waits for, and was not done. */
  awaitsApproval: boolean;
  /** The fault that it is answered with; null while there is none. */
  faultCode: string | null;
  /** The answer has been held against the annotation; a failure of that check must not be checked again. */
  settled: boolean;
}

const STATE: unique symbol = Symbol('quantonium.request-state');
type Carrier = { [STATE]?: RequestState };

/** The names that this server gives to one exchange. */
export interface ExchangeIds {
  readonly requestId: string;
  readonly spanId: string;
}

export function openState(request: FastifyRequest, ids: ExchangeIds): RequestState {
  const { requestId } = ids;
  const path = pathOf(request.raw.url ?? '/');
  const state: RequestState = {
    trail: trailOf(requestId, { ipAddress: request.ip, userAgent: request.raw.headers['user-agent'] ?? null }, traceOf(request, ids)),
    path,
    rule: ruleOf(path),
    policy: null,
    reservation: null,
    isCounted: false,
    credentialDigest: null,
    trialRefusal: null,
    principal: null,
    authorised: null,
    credentialRefused: false,
    bodyDigest: null,
    bodyHold: null,
    sockets: SOCKET_LIMITS,
    bodyStalled: false,
    denialRecorded: false,
    refusedAtGate: false,
    awaitsApproval: false,
    faultCode: null,
    settled: false,
  };
  (request as Carrier)[STATE] = state;
  return state;
}

/** The trail of a request that has just arrived. */
export function trailOf(requestId: string, source: RequestTrail['source'], trace: Trace | null = null): RequestTrail {
  return { requestId, source, trace, committedEvents: [], replayedStatus: null, quotas: new Map() };
}

/** Undefined only for requests that the router refused before any hook ran. */
export function stateOf(request: FastifyRequest): RequestState | undefined {
  return (request as Carrier)[STATE];
}

/** For what runs after the first hook: a request without a state did not come through the pipeline. */
export function requireState(request: FastifyRequest): RequestState {
  const state = stateOf(request);
  if (state === undefined) throw new Error('the request did not come through the pipeline');
  return state;
}

/** What was asked, as far as a challenge may depend on it. */
export function askedOf(request: FastifyRequest, { path }: RequestState): { readonly method: string; readonly path: string; readonly query: string } {
  return { method: request.method, path, query: (request.raw.url ?? '').split('?')[1] ?? '' };
}

/** Continues the caller's trace. Where there is none, the trace has the request's own id: whoever has one has the other. */
function traceOf({ raw }: FastifyRequest, { requestId, spanId }: ExchangeIds): Trace {
  const context = raw.headers['traceparent'] === undefined ? null : parseTraceContext(valuesOf(raw.rawHeaders, 'traceparent'), valuesOf(raw.rawHeaders, 'tracestate'));
  if (context === null) return { traceId: requestId.replaceAll('-', ''), spanId, parent: null, sampled: false };
  return { traceId: context.traceId, spanId, parent: { spanId: context.spanId, sampled: context.sampled, state: context.state }, sampled: false };
}

/** Origin-form and absolute-form targets (RFC 9112 §3.2) to the path; the query is cut off before anything is repeated. */
function pathOf(target: string): string {
  const withoutQuery = target.split(/[?#]/, 1)[0]!;
  const absolute = /^https?:\/\/[^/]*(\/.*)?$/i.exec(withoutQuery);
  return absolute === null ? withoutQuery : (absolute[1] ?? '/');
}
