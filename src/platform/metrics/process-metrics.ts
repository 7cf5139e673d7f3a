import { collectDefaultMetrics } from 'prom-client';
import type { Metrics } from './metrics.js';

/** Gauges with the suffix of counters, which Prometheus' own check refuses; and the version, which is nobody's business. */
const LEFT_OUT = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total', 'nodejs_version_info'];

/**
 * CPU, memory, event-loop lag and garbage collection of this process, under the names that dashboards for Node know.
 * Once a process: the observers behind them have no end.
 */
export function measureProcess({ registry }: Metrics): void {
  collectDefaultMetrics({ register: registry });
  for (const name of LEFT_OUT) registry.removeSingleMetric(name);
}
