import { type DynamicModule, Global, Module } from '@nestjs/common';
import { RELEASE } from '#pure/release/release.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Tracing } from './tracing.js';

/** One `Tracing` an application. */
@Global()
@Module({})
export class TracingModule {
  /** @param otlpEndpoint null: spans go nowhere, and no exporter is loaded. */
  static forRoot(otlpEndpoint: string | null): DynamicModule {
    const useFactory = async (clock: Clock, randomness: Randomness): Promise<Tracing> => {
      if (otlpEndpoint === null) return new Tracing(clock, randomness, null);
      const { openOtlpExport } = await import('./otlp-export.js');
      return new Tracing(clock, randomness, openOtlpExport(otlpEndpoint, { 'service.name': 'quantonium', 'service.version': RELEASE.version }));
    };
    return { module: TracingModule, providers: [{ provide: Tracing, inject: [Clock, Randomness], useFactory }], exports: [Tracing] };
  }
}
