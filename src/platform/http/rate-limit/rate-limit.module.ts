import { Global, Module } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import { Clock } from '#platform/system/clock.js';
import { MemoryLimitStorage, WINDOW_MILLIS } from './limit-storage.js';

/**
 * Registers our counters as the storage of `@nestjs/throttler`. The throttlers named here document the frame; the
 * numbers that are enforced are the configured ones, which the pipeline passes with each hit, since the stock guard
 * would count per route and never see a request that no route matched.
 */
@Global()
@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      inject: [Clock],
      useFactory: (clock: Clock) => ({ throttlers: [{ name: 'source', ttl: WINDOW_MILLIS, limit: 60 }], storage: new MemoryLimitStorage(clock) }),
    }),
  ],
  exports: [ThrottlerModule],
})
export class RateLimitModule {}
