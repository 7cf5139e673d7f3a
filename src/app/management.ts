import type { INestApplicationContext } from '@nestjs/common';
import { HealthBoard } from '#modules/health/index.js';
import type { ManagementConfig } from '#platform/config/config.js';
import { ManagementServer, type Page } from '#platform/http/management-server.js';
import { Metrics } from '#platform/metrics/metrics.js';

/** The management port with its pages, in every role; null where none is configured. */
export async function openManagement({ port, host }: ManagementConfig, app: INestApplicationContext): Promise<ManagementServer | null> {
  if (port === null) return null;
  const metrics = app.get(Metrics);
  const board = app.get(HealthBoard);
  const probe = (isWell: boolean): Page => ({ status: isWell ? 200 : 503, contentType: 'application/json', body: `{"status":"${isWell ? 'ok' : 'error'}"}\n` });
  return ManagementServer.open(port, host, {
    '/metrics': async () => ({ status: 200, contentType: metrics.contentType, body: await metrics.text() }),
    '/health/live': () => probe(true),
    '/health/ready': () => probe(board.isReady()),
    '/health/startup': () => probe(board.phase !== 'starting'),
  });
}
