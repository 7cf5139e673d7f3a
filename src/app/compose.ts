import type { Server } from 'node:tls';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import type { Config } from '#platform/config/config.js';
import type { RoleUrls } from '#platform/database/database-urls.js';
import { BodyBudget } from '#platform/http/body-budget.js';
import { createHttpAdapter } from '#platform/http/http-adapter.js';
import type { HttpSettings } from '#platform/http/http-settings.js';
import { ceilingsOf, LoadGate, watchLoad } from '#platform/http/load/load-gate.js';
import type { RouteTable } from '#platform/http/route-policy.js';
import { CertificateReload } from '#platform/http/tls/certificate-reload.js';
import { forgetKey } from '#platform/http/tls/tls-material.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { RELEASE } from '#pure/release/release.js';
import { AppModule } from './app.module.js';
import { httpSettingsOf } from './http-settings-of.js';
import { CATALOGUE, strangersIn } from './catalogue.js';
import { ApiDocument } from './docs.controller.js';
import { describeApi } from './openapi.js';
import { installPipeline, REQUEST_PIPELINE } from './request-pipeline.js';

export interface Composition {
  readonly app: NestFastifyApplication;
  readonly routes: RouteTable;
  /** Made anew at each call. */
  readonly describe: () => OpenAPIObject;
}

/** The application of a process's roles with its pipeline, not yet listening. Refuses a handler without a policy. */
export async function compose(config: Config, urls: RoleUrls, logger: LoggerService | false = false): Promise<Composition> {
  const settings = httpSettingsOf(config);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(config, urls), createHttpAdapter(settings), {
    bodyParser: false,
    abortOnError: false,
    logger,
  });
  const load = new LoadGate(ceilingsOf(config.load), app.get(Metrics, { strict: false }));
  const routes = installPipeline(app, settings, REQUEST_PIPELINE, new BodyBudget(), load);
  keepWatch(app, load);
  keepCertificate(app, config, settings);
  const strangers = strangersIn(routes.policies, CATALOGUE);
  if (strangers.length > 0) throw new Error(`routes with names that no module declares:\n  ${strangers.join('\n  ')}`);
  const describe = (): OpenAPIObject => describeApi(app, routes, RELEASE.version);
  if (config.roles.has('api')) app.get(ApiDocument, { strict: false }).publish(describe);
  return { app, routes, describe };
}

/** From the first connection to the last. */
function keepWatch(app: NestFastifyApplication, load: LoadGate): void {
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  fastify.addHook('onReady', async () => {
    const watch = watchLoad(load);
    fastify.server.once('close', () => watch.stop());
  });
}

/** Serves with the certificate that its files hold, from the first connection to the last. */
function keepCertificate(app: NestFastifyApplication, { http }: Config, { tls }: HttpSettings): void {
  if (http.tls === null || tls === null) return;
  const reload = new CertificateReload(app.getHttpServer() as unknown as Server, http.tls, tls, app.get(Metrics, { strict: false }));
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  fastify.addHook('onReady', async () => reload.start());
  // And not before: a name with two addresses has a server for each, and the second is made only now.
  fastify.addHook('onListen', async () => forgetKey(tls));
  fastify.addHook('onClose', () => reload.stop());
}
