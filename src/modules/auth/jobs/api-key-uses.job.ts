import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { ApiKeyUses } from '../api-keys/api-key-uses.js';
import { USE_NOTED_MILLIS } from '../domain/api-key.js';

/** On every replica with the role `api`, and once more at its end. */
@Injectable()
export class ApiKeyUsesJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('api-keys');
  private readonly periodic: Periodic;

  constructor(private readonly uses: ApiKeyUses) {
    this.periodic = new Periodic(USE_NOTED_MILLIS, () => uses.flush(), { failed: (error) => this.#failed(error) });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
    await this.uses.flush().catch((error: unknown) => this.#failed(error));
  }

  #failed(error: unknown): void {
    this.logger.warn('when some keys were last used is not written down', { error });
  }
}
