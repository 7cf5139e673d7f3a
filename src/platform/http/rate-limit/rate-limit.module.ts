import { type DynamicModule, type FactoryProvider, Inject, Module, type OnApplicationShutdown, type Type } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import { Clock } from '#platform/system/clock.js';
import { LimitStorage, WINDOW_MILLIS } from './limit-storage.js';
import { MemoryLimitStorage } from './memory-limit-storage.js';
import { RequestLimits } from './request-limits.js';
import { SharedLimitStorage } from './shared-limit-storage.js';

/** How the roof makes the storage that the configuration asks for, and the modules of what it is made from. */
export type StorageFactory = Omit<FactoryProvider<LimitStorage>, 'provide'> & { readonly imports?: readonly Type[] };

const IN_MEMORY: StorageFactory = { inject: [Clock], useFactory: (clock: Clock) => new MemoryLimitStorage(clock) };

@Module({})
class LimitStorageModule implements OnApplicationShutdown {
  constructor(@Inject(LimitStorage) private readonly storage: LimitStorage) {}

  static of({ imports = [], ...factory }: StorageFactory): DynamicModule {
    return { module: LimitStorageModule, global: true, imports: [...imports], providers: [{ provide: LimitStorage, ...factory }, RequestLimits], exports: [LimitStorage, RequestLimits] };
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.storage instanceof SharedLimitStorage) await this.storage.close();
  }
}

/**
 * Registers our counters as the storage of `@nestjs/throttler`. The throttlers named here document the frame; the
 * numbers that are enforced are the configured ones, which the pipeline passes with each hit, since the stock guard
 * would count per route and never see a request that no route matched.
 */
@Module({})
export class RateLimitModule {
  static forRoot(storage: StorageFactory = IN_MEMORY): DynamicModule {
    return {
      module: RateLimitModule,
      imports: [
        LimitStorageModule.of(storage),
        ThrottlerModule.forRootAsync({
          inject: [LimitStorage],
          useFactory: (counters: LimitStorage) => ({ throttlers: [{ name: 'source', ttl: WINDOW_MILLIS, limit: 60 }], storage: counters }),
        }),
      ],
      exports: [ThrottlerModule],
    };
  }
}
