import { type BeforeApplicationShutdown, Injectable, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { AuditLog, AuditModule } from '#modules/audit/index.js';
import { HEALTH_EVENTS } from '#modules/health/index.js';
import { Config } from '#platform/config/config.js';
import { type Rotation, SecretReload } from '#platform/config/secret-reload.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { WORK_GATE } from '#platform/system/work-gate.js';
import { systemPrincipal } from '#pure/principal/principal.js';

const RELOAD = systemPrincipal('secret-reload');

/** Settings that are exchanged beneath a running process, in every role: taken over, and recorded. */
@Injectable()
export class RecordedReload implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly reload: SecretReload;

  constructor(
    config: Config,
    clock: Clock,
    metrics: Metrics,
    private readonly log: AuditLog,
  ) {
    this.reload = new SecretReload({ config, clock, metrics, record: (rotation) => this.record(rotation) });
  }

  onApplicationBootstrap(): void {
    this.reload.start();
  }

  /** Before the last requests are answered nothing is exchanged any more: the pools close behind them. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.reload.stop();
  }

  /** A sealed process takes a new secret over as any other does, and records it once it has looked at its ledger. */
  private async record({ setting, source }: Rotation): Promise<void> {
    if (!WORK_GATE.isOpen) throw new Error('the process is sealed');
    await this.log.record({ kind: HEALTH_EVENTS['server.secret.rotate'], outcome: 'success', actor: RELOAD, facts: { setting, source } });
  }
}

@Module({ imports: [AuditModule], providers: [RecordedReload] })
export class SecretReloadModule {}
