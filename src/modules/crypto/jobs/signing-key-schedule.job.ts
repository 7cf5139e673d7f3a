import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { Periodic } from '#platform/system/periodic.js';
import { Keyring } from '../keyring.js';
import { SigningKeys } from '../signing-keys.js';

/** What is due waits so long at most: nothing beside the hour that the next key is published, and the two that tokens get. */
const PAUSE_MILLIS = 10 * 60_000;

/** In every process that holds signing keys, each for those that it holds; of several replicas the first does what is due. */
@Injectable()
export class SigningKeyScheduleJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('signing-keys');
  private readonly periodic: Periodic;

  constructor(
    private readonly keys: SigningKeys,
    private readonly keyring: Keyring,
    private readonly log: AuditLog,
  ) {
    this.periodic = new Periodic(PAUSE_MILLIS, () => this.turn(), {
      failed: (error) => this.logger.error('signing keys are not kept to their schedule; it will be tried again', { error }),
      recovered: () => this.logger.log('signing keys are kept to their schedule again'),
    });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }

  /** A sealed process has no keys to change; the others have. */
  private async turn(): Promise<void> {
    if (!this.keyring.isUnsealed) return;
    const deeds = await this.keys.keepSchedule(async (tx, deed) => void (await this.log.append(tx, SigningKeys.event(deed))));
    for (const { change, key: { id, purpose, version } } of deeds) this.logger.log('a signing key changed by schedule', { change, purpose, version, keyId: id });
  }
}
