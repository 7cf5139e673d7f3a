import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { stateOf } from '#platform/http/request-state.js';
import { Periodic } from '#platform/system/periodic.js';
import { RequestPulse } from '../detection/request-pulse.js';

const PAUSE_MILLIS = 60_000;

/** In processes with the role `api`: counts their answers as they go out, and tells of them once a minute. */
@Injectable()
export class RequestPulseJob implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('detection');
  private readonly periodic: Periodic;

  constructor(
    private readonly http: HttpAdapterHost,
    private readonly pulse: RequestPulse,
  ) {
    this.periodic = new Periodic(PAUSE_MILLIS, () => pulse.store(), {
      failed: (error) => this.logger.warn('the flow of requests could not be told; it is with the next minute', { error }),
    });
  }

  onModuleInit(): void {
    const fastify = this.http.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onResponse', (request, reply, done) => {
      const state = stateOf(request);
      const owes = state?.policy?.recording.kind === 'audited' && state.trail.replayedStatus === null;
      if (owes && reply.statusCode >= 200 && reply.statusCode <= 299) this.pulse.note();
      done();
    });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }
}
