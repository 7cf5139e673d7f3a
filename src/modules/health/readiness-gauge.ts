import { Injectable } from '@nestjs/common';
import { Metrics } from '#platform/metrics/metrics.js';
import { HEALTH_METRICS } from './domain/health.metrics.js';
import { HealthBoard } from './health-board.js';

/** Shows the board as a metric, at the moment of the scrape. */
@Injectable()
export class ReadinessGauge {
  constructor(board: HealthBoard, metrics: Metrics) {
    metrics.atScrape(() => metrics.set(HEALTH_METRICS.health_ready, board.isReady() ? 1 : 0));
  }
}
