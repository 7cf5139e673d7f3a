import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { DiscoveryService } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { Type } from '@nestjs/common';
import { continueIfAsked, readBody } from '#platform/http/body.js';
import { BodyBudget } from '#platform/http/body-budget.js';
import { FaultAnswer } from '#platform/http/fault-answer.js';
import { faultOf } from '#platform/http/fault-mapping.js';
import type { StrictFastifyAdapter } from '#platform/http/http-adapter.js';
import type { HttpSettings } from '#platform/http/http-settings.js';
import { LoadGate } from '#platform/http/load/load-gate.js';
import { PipelineGuard } from '#platform/http/pipeline.guard.js';
import { AccessDecision, ApprovalDesk, CredentialVerifier, DenialRecorder, ServiceGate } from '#platform/http/ports.js';
import { countMalformed, countSource, countUnparsable } from '#platform/http/rate-limit/count-source.js';
import { KnownCredentials } from '#platform/http/rate-limit/known-credentials.js';
import { quotaFields } from '#platform/http/rate-limit/quota-fields.js';
import { RequestLimits } from '#platform/http/rate-limit/request-limits.js';
import { SourceBlocks } from '#platform/http/rate-limit/source-blocks.js';
import { assertRecorded } from '#platform/http/record-assertion.js';
import { RequestObservation } from '#platform/http/request-observation.js';
import { type ExchangeIds, openState, requireState, stateOf, trailOf } from '#platform/http/request-state.js';
import { RouteTable } from '#platform/http/route-policy.js';
import { SecurityHeaders } from '#platform/http/security-headers.js';
import { answerPreflight, authenticate, authorise, countPrincipal, demandEncryption, holdBody, limitHeaders, passGate, setSecurityHeaders, shedLoad, type Step, type StepParts } from '#platform/http/steps.js';
import { limitUnreadBody } from '#platform/http/unread-body.js';
import { StrictValidationPipe } from '#platform/http/validation.pipe.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { runWithTrail } from '#platform/system/request-context.js';
import { Tracing } from '#platform/tracing/tracing.js';
import { checkAnnotations } from './annotation-check.js';

/**
 * What happens to every request, in this order and no other. The stages up to `hold-body` run in one hook before a
 * byte of the body is read; `read-body` is the content parser; `validate` and `handle` run inside Nest, behind a
 * guard that asserts the stages before it; `render` sees every answer, refusals too.
 */
export type Stage =
  | { readonly name: string; readonly at: 'arrival'; readonly run: Step }
  | { readonly name: 'read-body'; readonly at: 'parser'; readonly run: (request: FastifyRequest, payload: IncomingMessage) => Promise<unknown> }
  | { readonly name: 'validate'; readonly at: 'pipe'; readonly run: Type<StrictValidationPipe> }
  | { readonly name: 'handle'; readonly at: 'handler' }
  | { readonly name: 'render'; readonly at: 'sending'; readonly run: typeof assertRecorded };

export const REQUEST_PIPELINE: readonly Stage[] = [
  { name: 'security-headers', at: 'arrival', run: setSecurityHeaders },
  { name: 'gate', at: 'arrival', run: passGate },
  { name: 'load', at: 'arrival', run: shedLoad },
  { name: 'encryption', at: 'arrival', run: demandEncryption },
  { name: 'limit-headers', at: 'arrival', run: limitHeaders },
  { name: 'preflight', at: 'arrival', run: answerPreflight },
  { name: 'source-bucket', at: 'arrival', run: countSource },
  { name: 'authenticate', at: 'arrival', run: authenticate },
  { name: 'principal-bucket', at: 'arrival', run: countPrincipal },
  { name: 'authorise', at: 'arrival', run: authorise },
  { name: 'hold-body', at: 'arrival', run: holdBody },
  { name: 'read-body', at: 'parser', run: readBody },
  { name: 'validate', at: 'pipe', run: StrictValidationPipe },
  { name: 'handle', at: 'handler' },
  { name: 'render', at: 'sending', run: assertRecorded },
];

/** Where nobody reads the process there is nothing to compare. */
const UNBOUNDED = { delayMillis: Infinity, residentBytes: Infinity, heapBytes: Infinity };

/**
 * Installs the pipeline on an application that was created and not yet initialised. Refuses to when a handler states
 * no policy, and later, while routes are registered, when one is registered around Nest.
 * Returns the routes, for the golden files and OpenAPI.
 */
export function installPipeline(app: NestFastifyApplication, settings: HttpSettings, stages: readonly Stage[] = REQUEST_PIPELINE, bodies = new BodyBudget(), load = new LoadGate(UNBOUNDED, app.get(Metrics, { strict: false }))): RouteTable {
  const controllers = app.get(DiscoveryService, { strict: false }).getControllers().map(({ metatype }) => metatype as Type);
  const routes = new RouteTable(checkAnnotations([...new Set(controllers)]));
  const headers = new SecurityHeaders(settings.publicUrl, settings.corsOrigins);
  const metrics = app.get(Metrics, { strict: false });
  const clock = app.get(Clock, { strict: false });
  const parts: StepParts = {
    settings,
    headers,
    limits: app.get(RequestLimits, { strict: false }),
    blocks: app.get(SourceBlocks, { strict: false }),
    known: new KnownCredentials(clock),
    verifier: app.get(CredentialVerifier, { strict: false }),
    access: app.get(AccessDecision, { strict: false }),
    gate: app.get(ServiceGate, { strict: false }),
    load,
    bodies,
  };
  const randomness = app.get(Randomness, { strict: false });
  const newRequestId = (): string => randomness.uuidv7(clock.nowMillis());
  const newIds = (): ExchangeIds => ({ requestId: newRequestId(), spanId: randomness.spanId() });
  const observation = new RequestObservation(metrics, app.get(Tracing, { strict: false }), clock);
  const adapter = app.getHttpAdapter() as unknown as StrictFastifyAdapter;
  const fastify = adapter.getInstance() as FastifyInstance;
  fastify.addHook('onRoute', (route) => demandPolicy(route, routes));
  onArrival(fastify, stages, routes, parts, { newIds, observation });
  onBody(fastify, stages);
  onSending(fastify, stages, settings, () => adapter.isDraining || !fastify.server.listening);
  const isProxy = proxies(settings.trustedProxies);
  const answer = new FaultAnswer({ recorder: app.get(DenialRecorder, { strict: false }), approvals: app.get(ApprovalDesk, { strict: false }), gate: parts.gate, headers, routes, publicUrl: settings.publicUrl, newIds });
  app.useGlobalFilters(answer);
  adapter.noteUnparsable = async (fault, ipAddress) => {
    const requestId = newRequestId();
    answer.recordUnparsable(fault, requestId, ipAddress);
    // A proxy's own address is none of its clients': whoever is behind it is counted when their requests can be read.
    const refusal = isProxy(ipAddress) ? null : await runWithTrail(trailOf(requestId, { ipAddress, userAgent: null }), () => countUnparsable(parts, ipAddress));
    return { fault: refusal === null ? fault : faultOf(refusal), requestId };
  };
  adapter.answerUnroutable = (error, request, reply) => {
    const state = openState(request, newIds());
    observation.begin(state, request.method, reply);
    const exchange = { request, reply, state, parts };
    // What of the pipeline is there for a target that has no route.
    const admit = async (): Promise<void> => {
      passGate(exchange);
      shedLoad(exchange);
      await countSource(exchange);
    };
    void runWithTrail(state.trail, () =>
      admit().then(
        () => answer.answer(error, request, reply),
        (refusal: unknown) => answer.answer(refusal, request, reply),
      ),
    );
  };
  app.useGlobalGuards(new PipelineGuard());
  app.useGlobalPipes(...stages.flatMap((stage) => (stage.at === 'pipe' ? [new stage.run()] : [])));
  return routes;
}

function proxies(blocks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const block of blocks) {
    const [network = '', prefix] = block.split('/');
    const family = isIPv6(network) ? 'ipv6' : 'ipv4';
    list.addSubnet(network, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** Default deny for routes too: one that a plugin registers has no annotations and no handler that could have any. */
function demandPolicy(route: RouteOptions, routes: RouteTable): void {
  for (const method of [route.method].flat()) {
    if (routes.find(method, route.url) === undefined) throw new Error(`${method} ${route.url} is registered without a policy`);
  }
}

interface Arrivals {
  readonly newIds: () => ExchangeIds;
  readonly observation: RequestObservation;
}

function onArrival(fastify: FastifyInstance, stages: readonly Stage[], routes: RouteTable, parts: StepParts, { newIds, observation }: Arrivals): void {
  const steps = stages.flatMap((stage) => (stage.at === 'arrival' ? [stage.run] : []));
  fastify.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done) => {
    const state = openState(request, newIds());
    observation.begin(state, request.method, reply);
    const { url } = request.routeOptions;
    state.policy = url === undefined || request.is404 ? null : (routes.find(request.method, url) ?? null);
    const run = async (): Promise<boolean> => {
      const exchange = { request, reply, state, parts };
      try {
        for (const step of steps) if ((await step(exchange)) === 'answered') return false;
        return true;
      } catch (error) {
        if (!state.refusedAtGate) await countMalformed(exchange);
        throw error;
      }
    };
    // Everything after this, up to the last byte sent, runs inside the trail.
    runWithTrail(state.trail, () => {
      run().then(
        (passed) => {
          observation.decide(state);
          if (!passed) return;
          continueIfAsked(request, reply);
          done();
        },
        (error: unknown) => {
          observation.decide(state);
          done(error as Error);
        },
      );
    });
  });
}

/** One parser for whatever type is announced, and for none; Fastify's own take forms and text. */
function onBody(fastify: FastifyInstance, stages: readonly Stage[]): void {
  fastify.removeAllContentTypeParsers();
  for (const stage of stages) if (stage.at === 'parser') fastify.addContentTypeParser('*', stage.run);
}

function onSending(fastify: FastifyInstance, stages: readonly Stage[], settings: HttpSettings, isEnding: () => boolean): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const state = stateOf(request);
    if (state === undefined) return done(null, payload);
    state.bodyHold?.workIsOver();
    try {
      // Asked for again, a deed is answered as it was. 200 is the door's own word: what was only accepted then is over by now.
      const { replayedStatus } = state.trail;
      if (replayedStatus !== null && reply.statusCode > 200 && reply.statusCode < 300) reply.code(replayedStatus);
      for (const stage of stages) if (stage.at === 'sending') stage.run(requireState(request), reply.statusCode, settings.production);
      const fields = quotaFields(state.trail.quotas?.values() ?? []);
      if (fields !== null) reply.headers(fields as Record<string, string>);
      // A handler that did not want the body of its route has answered without it; a refusal has seen to that itself.
      if (state.faultCode === null) limitUnreadBody(request, reply);
      const recorded = state.trail.committedEvents.at(-1);
      if (recorded !== undefined) reply.header('audit-event-id', recorded.id);
      // JSON has no parameters (RFC 8259 §11), and there are clients of this family that compare the whole type.
      if (state.rule.lenient === true && reply.getHeader('content-type') === 'application/json; charset=utf-8') reply.header('content-type', 'application/json');
      // While the server ends, the answer is the last one on its connection, or closing would wait for the next.
      if (isEnding()) reply.header('connection', 'close');
      done(null, payload);
    } catch (error) {
      // The body of the answer that is withdrawn may be a stream that holds a file or a connection.
      if (payload !== null && typeof payload === 'object' && 'destroy' in payload && typeof payload.destroy === 'function') payload.destroy();
      done(error as FastifyError);
    }
  });
}
