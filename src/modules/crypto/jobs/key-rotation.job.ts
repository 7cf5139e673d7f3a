import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import type { Tx } from '#platform/database/unit-of-work.js';
import { Periodic } from '#platform/system/periodic.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { CRYPTO_EVENTS } from '../domain/crypto.events.js';
import type { TransitKey } from '../domain/transit-key.js';
import { TransitEngine } from '../transit/transit-engine.js';

/** The shortest period is an hour: looking every half minute keeps what is overdue below one per cent. */
const PERIOD_MILLIS = 30_000;

const ROTATOR = systemPrincipal('key-rotation');

/** On every replica with the role `api`; each takes another key of those that are due. */
@Injectable()
export class KeyRotationJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('key-rotation');
  private readonly periodic: Periodic;

  constructor(
    private readonly engine: TransitEngine,
    private readonly audit: AuditLog,
  ) {
    this.periodic = new Periodic(PERIOD_MILLIS, (stopping) => this.rotateAll(stopping), {
      failed: (cause) => this.logger.warn('keys could not be rotated; it will be tried again', { err: cause }),
    });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }

  /** One key after another while any is due. What nobody has asked for in a while is let go on the way. */
  private async rotateAll(stopping: AbortSignal): Promise<void> {
    this.engine.directory.dropExpired();
    while (!stopping.aborted && (await this.engine.rotation.rotateDue(ROTATOR, (tx, key) => this.record(tx, key))) !== null);
  }

  private async record(tx: Tx, key: TransitKey): Promise<void> {
    await this.audit.append(tx, {
      kind: CRYPTO_EVENTS['crypto.key.rotate'],
      outcome: 'success',
      actor: ROTATOR,
      projectId: key.projectId,
      targets: [{ type: 'key', uid: key.id }],
      facts: { keyType: key.type, version: key.latestVersion, autoRotateSeconds: key.autoRotateSeconds },
    });
  }
}
