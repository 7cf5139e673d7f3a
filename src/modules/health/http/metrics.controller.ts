import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Requires, Unaudited } from '#platform/http/annotations.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { HEALTH_PERMISSIONS } from '../domain/health.permissions.js';

@ApiTags('server')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @ApiOperation({ summary: 'Measurements of this process', description: 'Prometheus text format 0.0.4. Of the process that answers alone: with several replicas, scrape each of them on its management port.' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string', example: '# HELP quantonium_http_requests_in_flight Requests that are being answered.\n# TYPE quantonium_http_requests_in_flight gauge\nquantonium_http_requests_in_flight 1\n' } })
  @Requires(HEALTH_PERMISSIONS['metrics:read'])
  @Unaudited('A scraper reads it every few seconds; it counts deeds and names nobody.')
  async read(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('Content-Type', this.metrics.contentType).header('Cache-Control', 'no-store');
    return this.metrics.text();
  }
}
