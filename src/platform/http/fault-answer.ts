import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApprovalNeeded, type ApprovalNeed } from '#pure/approval/approval.js';
import { DENIAL_PATIENCE_MILLIS } from '#pure/audit-event/audit-event.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { runWithTrail } from '#platform/system/request-context.js';
import { approvableRequestOf } from './approval-request.js';
import type { Refusal } from './dialect-renderers.js';
import { challengeOf } from './dialects.js';
import { faultOf } from './fault-mapping.js';
import { type ApprovalDesk, type Denial, type DenialRecorder, type ServiceGate, UNROUTED, type WaitingApproval } from './ports.js';
import { askedOf, type ExchangeIds, openState, type RequestState, stateOf, trailOf } from './request-state.js';
import { permissionOf, type RouteTable } from './route-policy.js';
import type { SecurityHeaders } from './security-headers.js';
import { isDenial, suspicionOf } from './suspicion.js';
import { limitUnreadBody } from './unread-body.js';
import { approvalLocation, waitingAnswer } from './waiting-answer.js';

export interface AnswerParts {
  readonly recorder: DenialRecorder;
  readonly approvals: ApprovalDesk;
  readonly gate: Pick<ServiceGate, 'refusal'>;
  readonly headers: SecurityHeaders;
  readonly routes: RouteTable;
  readonly publicUrl: string;
  newIds(): ExchangeIds;
}

/**
 * The one place where a request that failed is answered: hooks, parsers, guards, pipes, handlers and the router all
 * end here. It records the denial, puts the fault into the dialect of the prefix, and hides whatever is not a fault.
 */
@Catch()
export class FaultAnswer implements ExceptionFilter {
  private readonly logger = new Logger('http');

  constructor(private readonly parts: AnswerParts) {}

  catch(thrown: unknown, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    return this.answer(thrown, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  async answer(thrown: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const state = stateOf(request) ?? openState(request, this.parts.newIds());
    if (thrown instanceof ApprovalNeeded) return this.answerWaiting(thrown.need, state, request, reply);
    const fault = this.asAtGate(asStalled(this.withMethods(faultOf(thrown), state, request), state), state);
    state.faultCode = fault.kind.code;
    this.log(fault, state, request);
    await this.recordDenial(fault, state);
    // Part of an answer is on its way: cutting it off is the only thing left that cannot be mistaken for a whole one.
    if (reply.raw.headersSent || reply.sent) {
      reply.raw.destroy();
      state.bodyHold?.workIsOver();
      return;
    }
    this.send(fault, state, request, reply);
  }

  /** Nothing was refused and nothing done: whoever asked is told what it waits for. */
  private async answerWaiting(need: ApprovalNeed, state: RequestState, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    let waiting: WaitingApproval;
    try {
      const { policy, principal } = state;
      if (principal === null || policy === null || policy.needsApproval === null) throw new Error(`${policy?.handler} takes a second person and does not say so`);
      waiting = await this.parts.approvals.open(principal, approvableRequestOf(request), need);
    } catch (error) {
      return this.answer(error, request, reply);
    }
    state.awaitsApproval = true;
    const { status, body } = waitingAnswer(state.rule.dialect, waiting);
    this.prepare(state, reply);
    reply.headers({ location: approvalLocation(waiting.id), 'approval-id': waiting.id });
    reply.code(status).type('application/json').send(bytesOf(JSON.stringify(body)));
  }

  /** The router knows only that nothing matched; whether the path exists under other methods is asked here. */
  private withMethods(fault: Fault, state: RequestState, request: FastifyRequest): Fault {
    if (fault.kind !== REQUEST_FAULTS['not-found'] || state.policy !== null) return fault;
    const methods = this.parts.routes.methodsAt(state.path);
    if (methods.length === 0 || methods.includes(request.method)) return fault;
    return new Fault(REQUEST_FAULTS['method-not-allowed'], { headers: { Allow: methods.join(', ') } });
  }

  /**
   * The gate closed while the request was on its way, and took away what it needed: it is refused as the next one is,
   * whatever it was that it missed first, and as expected.
   */
  private asAtGate(fault: Fault, state: RequestState): Fault {
    const refusal = this.parts.gate.refusal();
    if (refusal === null || fault.kind.status !== 503 || state.policy?.whileSealed === true) return fault;
    state.refusedAtGate = true;
    return new Fault(refusal);
  }

  private log(fault: Fault, state: RequestState, request: FastifyRequest): void {
    if (fault.kind.status < 500 || state.refusedAtGate) return;
    const cause = fault.context.cause ?? fault;
    const { code } = fault.kind;
    this.logger.error('a request failed', { err: cause instanceof Error ? cause : new Error(String(cause)), code, route: state.policy?.route ?? request.method });
  }

  /** What never became a request has nobody waiting inside it: it is recorded while its answer is on the way. */
  recordUnparsable(fault: Fault, requestId: string, ipAddress: string): void {
    const suspicion = suspicionOf(fault, '');
    if (suspicion === null) return;
    const { code, status } = fault.kind;
    const denial: Denial = { route: UNROUTED, target: '', requestId, code, status, principal: null, permission: null, suspicion, concealed: false };
    void runWithTrail(trailOf(requestId, { ipAddress, userAgent: null }), () => this.record(denial));
  }

  private async recordDenial(fault: Fault, state: RequestState): Promise<void> {
    const { kind: { code, status }, context: { concealed = false } } = fault;
    const { trail, policy, principal } = state;
    const suspicion = suspicionOf(fault, state.path);
    const isFailure = fault.kind === REQUEST_FAULTS['internal-error'];
    if (state.denialRecorded || !isDenial(fault, state.path)) return;
    // A handler that recorded the refusal itself (a failed login) has said more than the pipeline could.
    if (trail.committedEvents.length > 0 && !isFailure) return;
    state.denialRecorded = true;
    const permission = policy === null ? null : (permissionOf(policy)?.name ?? null);
    const denial: Denial = { route: policy?.route ?? UNROUTED, target: state.path, requestId: trail.requestId, code, status, principal, permission, suspicion, concealed };
    if (!concealed) return this.record(denial);
    // What is not there is answered without a wait, and without the id of an entry: so is what may not be seen.
    void runWithTrail({ ...trail, committedEvents: [] }, () => this.record(denial));
  }

  /** The one place that waits for the record of a refusal, and the one that stops waiting. Never rejects. */
  private async record(denial: Denial): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<'late'>((resolve) => (timer = setTimeout(resolve, DENIAL_PATIENCE_MILLIS, 'late')));
    try {
      const outcome = await Promise.race([this.parts.recorder.record(denial), deadline]);
      if (outcome === 'late') this.logger.error('a denial was not recorded in time', { waitedMillis: DENIAL_PATIENCE_MILLIS });
    } catch (error) {
      this.logger.error('a denial was not recorded', { err: error });
    } finally {
      clearTimeout(timer);
    }
  }

  private send(fault: Fault, state: RequestState, request: FastifyRequest, reply: FastifyReply): void {
    const { kind, context } = fault;
    const { dialect } = state.rule;
    const refusal: Refusal = {
      code: kind.code,
      status: kind.status,
      title: kind.title,
      ...(context.detail === undefined ? {} : { detail: context.detail }),
      ...(context.pointers === undefined ? {} : { pointers: context.pointers }),
      ...(context.members === undefined ? {} : { members: context.members }),
      instance: state.path,
      requestId: state.trail.requestId,
    };
    this.prepare(state, reply);
    if (kind.status === 401) reply.header('www-authenticate', challengeOf(state.rule, this.parts.publicUrl, state.credentialRefused, askedOf(request, state)));
    if (context.headers !== undefined) reply.headers(context.headers as Record<string, string>);
    limitUnreadBody(request, reply);
    // As bytes, because Fastify adds a charset to the type of a text, which RFC 9457 does not define.
    reply.code(dialect.statusOf(refusal)).type(dialect.contentType).send(bytesOf(dialect.body(refusal)));
  }

  /** Headers that the handler set for the answer it did not give (a Location, a length, a type) must not survive. */
  private prepare(state: RequestState, reply: FastifyReply): void {
    for (const name of Object.keys(reply.getHeaders())) if (!KEPT.has(name)) reply.removeHeader(name);
    this.parts.headers.apply(reply);
    reply.header('x-request-id', state.trail.requestId);
  }
}

/** What a handler makes of a body that ceased to come is less than the client can be told; a failure of ours is still that. */
function asStalled(fault: Fault, { bodyStalled }: RequestState): Fault {
  return bodyStalled && fault.kind.status < 500 ? new Fault(REQUEST_FAULTS['request-timeout'], { headers: { Connection: 'close' } }) : fault;
}

/** Set by the pipeline itself before the handler ran. */
const KEPT: ReadonlySet<string> = new Set(['access-control-allow-origin', 'access-control-expose-headers', 'vary', 'connection']);

/** In memory of its own: what was refused may be named in it, and would stay in the pool that small buffers share. */
function bytesOf(text: string): Buffer {
  return Buffer.from(new TextEncoder().encode(text).buffer);
}
