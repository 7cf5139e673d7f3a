import type { AddressInfo } from 'node:net';
import { Module, type Type } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ApprovableRequest, ApprovalNeed } from '#pure/approval/approval.js';
import type { Permission } from '#pure/capability/permission.js';
import { Fault, type FaultKind } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { BodyBudget } from '#platform/http/body-budget.js';
import { createHttpAdapter } from '#platform/http/http-adapter.js';
import { type HttpSettings, SOCKET_LIMITS } from '#platform/http/http-settings.js';
import { AccessDecision, type AccessAnswer, ApprovalDesk, CredentialVerifier, type Denial, DenialRecorder, ServiceGate, type WaitingApproval } from '#platform/http/ports.js';
import { RateLimitModule } from '#platform/http/rate-limit/rate-limit.module.js';
import { SourceBlocks } from '#platform/http/rate-limit/source-blocks.js';
import type { RouteTable } from '#platform/http/route-policy.js';
import { Clock, SystemClock } from '#platform/system/clock.js';
import { MetricsModule } from '#platform/metrics/metrics.module.js';
import { Randomness, SystemRandomness } from '#platform/system/randomness.js';
import { TracingModule } from '#platform/tracing/tracing.module.js';
import { HandClock } from './hand-clock.js';
import { installPipeline, REQUEST_PIPELINE, type Stage } from '../../src/app/request-pipeline.js';

/** `good-<id>` is a credential of the principal `<id>`; `scopeless`, `new-password` and `down` behave as they are called. */
export class FakeVerifier extends CredentialVerifier {
  readonly seen: string[] = [];
  /** Set to hold every verification until it is resolved. */
  gate: Promise<void> = Promise.resolve();

  override async verify(_scheme: string, credential: string): Promise<Principal> {
    this.seen.push(credential);
    await this.gate;
    if (credential === 'down') throw new Fault(REQUEST_FAULTS.unavailable);
    if (credential === 'broken') throw new TypeError('secret internals');
    if (!credential.startsWith('good-')) throw new Fault(REQUEST_FAULTS.unauthenticated);
    return principalNamed(credential.slice('good-'.length));
  }
}

export function principalNamed(id: string): Principal {
  return {
    id,
    kind: 'user',
    sessionId: 'session',
    scopes: new Set(['read:data']),
    assurance: 'aal1',
    authenticatedAtSeconds: 0,
    projectId: null,
    mustChangePassword: id === 'new-password',
    policyVersion: 1,
    transitVersion: 1,
  };
}

export class FakeAccess extends AccessDecision {
  override permitsSomewhere(principal: Principal, _permission: Permission): Promise<AccessAnswer> {
    if (principal.id === 'scopeless') return Promise.resolve({ allowed: false, fault: REQUEST_FAULTS['insufficient-scope'] });
    if (principal.id === 'stranger') return Promise.resolve({ allowed: false, fault: REQUEST_FAULTS.forbidden });
    return Promise.resolve({ allowed: true });
  }
}

export class FakeRecorder extends DenialRecorder {
  readonly denials: Denial[] = [];
  failure: Error | null = null;
  gate: Promise<void> = Promise.resolve();

  override async record(denial: Denial): Promise<void> {
    await this.gate;
    if (this.failure !== null) throw this.failure;
    this.denials.push(denial);
  }
}

/** The first approval of every requester; who is called `eager` waits for too many. */
export class FakeDesk extends ApprovalDesk {
  readonly asked: { readonly request: ApprovableRequest; readonly need: ApprovalNeed }[] = [];

  override open(principal: Principal, request: ApprovableRequest, need: ApprovalNeed): Promise<WaitingApproval> {
    if (principal.id === 'eager') return Promise.reject(new Fault(REQUEST_FAULTS.conflict));
    this.asked.push({ request, need });
    return Promise.resolve({ id: '019a94de-4b70-7c00-8000-0000000000aa', shown: { state: 'pending', summary: need.summary } });
  }
}

export class FakeGate extends ServiceGate {
  closedBy: FaultKind | null = null;

  override refusal(): FaultKind | null {
    return this.closedBy;
  }
}

export class FakeBlocks extends SourceBlocks {
  readonly seconds = new Map<string, number>();
  readonly offenders: string[] = [];

  override secondsLeft(source: string): number {
    return this.seconds.get(source) ?? 0;
  }

  override offended(source: string): void {
    this.offenders.push(source);
  }
}

export interface HttpApplication {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly port: number;
  readonly routes: RouteTable;
  readonly verifier: FakeVerifier;
  readonly recorder: FakeRecorder;
  readonly gate: FakeGate;
  readonly blocks: FakeBlocks;
  readonly desk: FakeDesk;
  readonly bodies: BodyBudget;
  readonly clock: HandClock;
  close(): Promise<void>;
}

export const TEST_SETTINGS: HttpSettings = {
  publicUrl: 'http://localhost:3000',
  corsOrigins: [],
  trustedProxies: [],
  tls: null,
  rateLimits: { anonymousPerMinute: 10_000, principalPerMinute: 10_000, registryPerMinute: 10_000 },
  sockets: SOCKET_LIMITS,
  connectionsMax: Infinity,
  production: false,
};

/** A real server on a free port, with the given controllers behind the whole pipeline and fakes behind its ports. */
export async function openHttpApplication(
  controllers: readonly Type[],
  settings: Partial<HttpSettings> = {},
  stages: readonly Stage[] = REQUEST_PIPELINE,
  beforeListening: (app: NestFastifyApplication, routes: RouteTable) => void = () => {},
  imports: readonly Type[] = [],
): Promise<HttpApplication> {
  const verifier = new FakeVerifier();
  const recorder = new FakeRecorder();
  const gate = new FakeGate();
  const blocks = new FakeBlocks();
  const desk = new FakeDesk();
  const bodies = new BodyBudget();
  const clock = new HandClock(new SystemClock().nowMillis());

  const providers = [
    { provide: Clock, useValue: clock },
    { provide: Randomness, useClass: SystemRandomness },
    { provide: CredentialVerifier, useValue: verifier },
    { provide: AccessDecision, useClass: FakeAccess },
    { provide: DenialRecorder, useValue: recorder },
    { provide: ServiceGate, useValue: gate },
    { provide: SourceBlocks, useValue: blocks },
    { provide: ApprovalDesk, useValue: desk },
  ];
  @Module({})
  class PortsModule {}
  @Module({})
  class TestModule {}
  const root = {
    module: TestModule,
    imports: [...imports, DiscoveryModule, MetricsModule.forRoot([]), TracingModule.forRoot(null), RateLimitModule.forRoot(), { module: PortsModule, global: true, providers, exports: providers.map(({ provide }) => provide) }],
    controllers: [...controllers],
  };
  const whole = { ...TEST_SETTINGS, ...settings };
  const app = await NestFactory.create<NestFastifyApplication>(root, createHttpAdapter(whole), { logger: false, abortOnError: false });
  const routes = installPipeline(app, whole, stages, bodies);
  beforeListening(app, routes);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { app, url: `http://127.0.0.1:${port}`, port, routes, verifier, recorder, gate, desk, blocks, bodies, clock, close: () => app.close() };
}
