import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { MetricKind } from '#pure/metric/metric.js';
import { Metrics } from './metrics.js';

/** One `Metrics` an application, for whoever measures. */
@Global()
@Module({})
export class MetricsModule {
  static forRoot(kinds: readonly MetricKind[]): DynamicModule {
    return { module: MetricsModule, providers: [{ provide: Metrics, useFactory: () => new Metrics(kinds) }], exports: [Metrics] };
  }
}
