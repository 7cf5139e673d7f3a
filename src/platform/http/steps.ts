import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault, type FaultContext, type FaultKind, type Suspicion } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { BodyBudget } from './body-budget.js';
import { NAMED_BUCKETS } from './buckets.js';
import { credentialOf, valuesOf } from './credential.js';
import { challengeOf, type PrefixRule } from './dialects.js';
import { BODY_COUNTED_BYTES_MIN, HEADER_LINES_MAX, type HttpSettings } from './http-settings.js';
import type { LoadGate } from './load/load-gate.js';
import type { AccessDecision, CredentialCircumstances, CredentialVerifier, ServiceGate } from './ports.js';
import { queryRefusal } from './query-string.js';
import type { KnownCredentials } from './rate-limit/known-credentials.js';
import type { RequestLimits } from './rate-limit/request-limits.js';
import type { SourceBlocks } from './rate-limit/source-blocks.js';
import { sourceKeyOf } from './rate-limit/source-key.js';
import { askedOf, type RequestState } from './request-state.js';
import { PREFLIGHT_HEADERS, type SecurityHeaders } from './security-headers.js';
import { thumbprintOf } from './tls/client-certificate.js';
import { announcesBody } from './unread-body.js';

/** What the steps work with: the ports and settings of the process, and one request. */
export interface StepParts {
  readonly settings: HttpSettings;
  readonly headers: SecurityHeaders;
  readonly limits: RequestLimits;
  readonly blocks: SourceBlocks;
  readonly known: KnownCredentials;
  readonly verifier: CredentialVerifier;
  readonly access: AccessDecision;
  readonly gate: ServiceGate;
  readonly load: LoadGate;
  readonly bodies: BodyBudget;
}

export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly state: RequestState;
  readonly parts: StepParts;
}

/** A step lets the request pass, throws what it is to be answered with, or says that it answered it itself. */
export type Step = (exchange: Exchange) => Promise<void> | void | 'answered';

/** Methods whose content has no meaning (RFC 9110 §9.3): two readers of one connection disagree about such content. */
const WITHOUT_CONTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT']);

/**
 * In production nothing but probes is answered in clear, whoever's mistake it is: a proxy that passes plain requests on,
 * or somebody who found the way around it. What the proxy says of itself is believed from its own address alone.
 */
export function demandEncryption({ request, state, parts: { settings } }: Exchange): void {
  if (!settings.production || !settings.publicUrl.startsWith('https:') || request.protocol === 'https') return;
  const { bucket } = state.policy ?? {};
  if (bucket !== 'health') throw new Fault(REQUEST_FAULTS['https-required'], { headers: { Connection: 'close' } });
}

/** A few bytes of known length, which Node reads and drops behind the answer. */
const PASSED_OVER_BYTES_MAX = 1024;

function isPassedOver({ method, raw: { headers } }: FastifyRequest, rule: PrefixRule): boolean {
  return rule.getsWithContent === true && method === 'GET' && headers['transfer-encoding'] === undefined && Number(headers['content-length']) <= PASSED_OVER_BYTES_MAX;
}

/** RFC 9112 §3.2: exactly one Host, and a request with two is refused with 400. Node accepts it, and takes the first. */
export function limitHeaders({ request, state }: Exchange): void {
  const { rawHeaders, httpVersionMinor, url } = request.raw;
  if (rawHeaders.length / 2 > HEADER_LINES_MAX) throw new Fault(REQUEST_FAULTS['headers-too-large'], { headers: { Connection: 'close' } });
  const hosts = valuesOf(rawHeaders, 'host');
  if (hosts.length > 1 || (hosts.length === 0 && httpVersionMinor > 0)) throw malformed('Send exactly one Host header.', 'framing');
  if (httpVersionMinor > 0 && !understands(request.raw.headers.expect)) throw new Fault(REQUEST_FAULTS['expectation-failed'], { headers: { Connection: 'close' } });
  if (valuesOf(rawHeaders, 'content-type').length > 1) throw malformed('Send one Content-Type header.', 'framing');
  if (WITHOUT_CONTENT.has(request.method) && announcesBody(request) && !isPassedOver(request, state.rule)) throw malformed(`A ${request.method} request has no content.`, 'framing');
  // RFC 9112 §3.2: a target has no fragment, and of one that has, two readers make two paths.
  if (url?.includes('#') === true) throw malformed('The target has a fragment.', 'framing');
  // Postgres refuses NUL in text; nothing of ours has one in a name.
  if (url?.includes('%00') === true) throw malformed('The target contains NUL.', 'nul-character');
  const refusal = queryRefusal(request.query, state.policy?.repeatable);
  if (refusal !== undefined) throw refusal;
}

/** RFC 9110 §10.1.1 knows one expectation; of HTTP/1.0 it is ignored. */
function understands(expectation: string | undefined): boolean {
  return expectation === undefined || expectation.toLowerCase() === '100-continue';
}

function malformed(detail: string, suspicion: Suspicion): Fault {
  return new Fault(REQUEST_FAULTS['malformed-request'], { detail, headers: { Connection: 'close' }, suspicion });
}

export function setSecurityHeaders({ request, reply, state, parts }: Exchange): void {
  parts.headers.apply(reply);
  reply.header('x-request-id', state.trail.requestId);
  const cors = parts.headers.corsFor(request.raw.headers.origin);
  if (cors !== null) reply.headers(cors as Record<string, string>);
}

/** What a browser asks beforehand, answered for an origin that is configured. */
export function answerPreflight({ request, reply, parts }: Exchange): void | 'answered' {
  if (parts.headers.corsFor(request.raw.headers.origin) === null) return;
  if (request.method !== 'OPTIONS' || request.raw.headers['access-control-request-method'] === undefined) return;
  reply.code(204).headers(PREFLIGHT_HEADERS as Record<string, string>).send();
  return 'answered';
}

/**
 * While the process is sealed, before anything is looked at, counted or read: there is no key to know anybody by. Paths
 * that are no routes too, so that the answer does not tell which are, preflights, and requests that are refused by
 * their form alone.
 */
export function passGate({ state, parts }: Exchange): void {
  const refusal = parts.gate.refusal();
  if (refusal === null || state.policy?.whileSealed === true) return;
  state.refusedAtGate = true;
  throw new Fault(refusal);
}

/** Longer than it takes to be calm, for most causes; a client that asks again is answered as cheaply. */
const SHED_RETRY_SECONDS = 5;

/**
 * At a ceiling nothing more is taken on, before it costs anything: neither counted nor looked up. Probes are answered, or an
 * orchestrator would end a process that is only busy. A connection is kept for what its client asks later.
 */
export function shedLoad({ state, parts: { load } }: Exchange): void {
  const overload = load.shedding;
  if (overload === null || state.policy?.bucket === 'health') return;
  load.countShed(overload);
  // Told once, when it began.
  state.refusedAtGate = true;
  throw new Fault(REQUEST_FAULTS.unavailable, { detail: 'Too much is being done at the moment.', headers: { 'Retry-After': String(SHED_RETRY_SECONDS) } });
}

/** Before the body is read. Routes that need no credential look at none: a stale token must not break a login. */
export async function authenticate(exchange: Exchange): Promise<void> {
  const { request, state, parts } = exchange;
  if (state.policy?.access.kind !== 'requires') return;
  try {
    state.credentialRefused = true;
    const credential = credentialOf(request.raw.rawHeaders, state.rule);
    state.credentialRefused = credential !== null;
    if (credential === null) throw new Fault(REQUEST_FAULTS.unauthenticated);
    state.principal = await parts.verifier.verify(credential.scheme, credential.value, circumstancesOf(exchange));
    state.credentialRefused = false;
  } catch (error) {
    throw await refusedCredential(exchange, error);
  }
  if (state.credentialDigest !== null) parts.known.note(state.credentialDigest);
  await state.reservation?.refund();
}

function circumstancesOf({ request, state }: Exchange): CredentialCircumstances {
  const { rawHeaders, socket } = request.raw;
  return { service: state.rule.service ?? 'api', certificateThumbprint: thumbprintOf(socket), method: request.method, path: state.path, proofs: valuesOf(rawHeaders, 'dpop') };
}

/** Counts a credential that was not valid, and says what it is answered with. */
async function refusedCredential({ request, state, parts }: Exchange, error: unknown): Promise<unknown> {
  // The presented credential was not examined when the lookup failed: that is our failure and costs the source nothing.
  if (!(error instanceof Fault && error.kind.status === 401)) {
    await state.reservation?.refund();
    return error;
  }
  if (state.reservation !== null) {
    state.reservation.keep();
    return state.trialRefusal === null ? error : state.trialRefusal();
  }
  // It had been valid, and was let by uncounted. Once it costs what no credential costs there: tokens of minutes end while
  // their clients work, and the answer is the challenge that sends them for the next. Sent again it is one like any other.
  if (state.credentialDigest !== null) parts.known.forget(state.credentialDigest);
  const name = state.policy?.bucket ?? 'source';
  const limit = name === 'source' ? parts.settings.rateLimits.anonymousPerMinute : NAMED_BUCKETS[name];
  if (limit === 'exempt') return error;
  return parts.limits.charge(name, sourceKeyOf(request.ip), limit).then(
    () => error,
    (refusal: unknown) => refusal,
  );
}

/** Each principal has a budget of its own, and another one for the registry: one pull of an image is a hundred requests. */
export async function countPrincipal({ state, parts }: Exchange): Promise<void> {
  if (state.principal === null) return;
  const { principalPerMinute, registryPerMinute } = parts.settings.rateLimits;
  if (state.rule.service === 'registry') await parts.limits.charge('registry', state.principal.id, registryPerMinute);
  else await parts.limits.charge('principal', state.principal.id, principalPerMinute);
}

/** Permissions about the account itself: all that a one-time password opens is the way to replace it. */
const OWN_ACCOUNT = 'account:';

/** Whether there is anything at all that the principal could be permitted here; the deed decides for its project. */
export async function authorise({ request, state, parts }: Exchange): Promise<void> {
  const { policy, principal } = state;
  if (policy === null) return;
  if (policy.access.kind === 'requires') {
    if (principal === null) throw new Error(`${policy.route} reached authorisation without a principal`);
    const { permission } = policy.access;
    if (principal.mustChangePassword && !permission.name.startsWith(OWN_ACCOUNT)) throw new Fault(REQUEST_FAULTS['password-change-required']);
    const answer = await parts.access.permitsSomewhere(principal, permission);
    if (!answer.allowed) throw new Fault(answer.fault, withChallenge(answer.fault, answer.context ?? {}, permission.scope, () => challengeOf(state.rule, parts.settings.publicUrl, false, askedOf(request, state))));
    state.authorised = permission;
  }
}

/** RFC 6750 §3.1: a token that lacks the scope is told which one, in the challenge. */
function withChallenge(fault: FaultKind, context: FaultContext, scope: string, challenge: () => string): FaultContext {
  if (fault.code !== 'insufficient-scope' || context.headers?.['WWW-Authenticate'] !== undefined) return context;
  return { ...context, headers: { ...context.headers, 'WWW-Authenticate': `${challenge()}, error="insufficient_scope", scope="${scope}"` } };
}

/**
 * Memory for the body, before it is read and before a waiting client is told to send it. Held until the request is
 * answered, and worked on: its bytes are there as long. One that is announced as larger than its route takes is refused for that.
 * A streamed one takes memory only where its handler wants all of it at once (`collectStreamed`), and has none before.
 */
export function holdBody({ request, reply, state, parts }: Exchange): void {
  const { policy } = state;
  state.sockets = parts.settings.sockets;
  if (policy === null || !announcesBody(request)) return;
  const announcedBytes = Number(request.raw.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  if (announcedBytes <= BODY_COUNTED_BYTES_MIN) return;
  const hold = parts.bodies.hold(state.principal?.id ?? null);
  state.bodyHold = hold;
  reply.raw.once('close', () => hold.clientIsGone(reply.raw.writableFinished));
  if (!policy.streamed && announcedBytes <= policy.bodyLimitBytes) hold.reserve(announcedBytes);
}
