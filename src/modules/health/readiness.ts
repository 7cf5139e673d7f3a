import { Injectable, Logger } from '@nestjs/common';
import { HealthBoard } from './health-board.js';
import { type HealthProbe, HealthProbes, ProbeFailure } from './health-probe.js';

/** A probe that takes longer has failed; its work ends by the database's own timeouts. */
const PROBE_MILLIS_MAX = 2_000;

/** Runs the probes and writes the result on the board. A failure is logged when it begins and when it ends, not every second. */
@Injectable()
export class Readiness {
  private readonly logger = new Logger('health');
  private readonly failing = new Set<string>();
  /** Probes that are past their time and not back: they are not started a second time meanwhile. */
  private readonly hanging = new Set<string>();

  constructor(
    private readonly board: HealthBoard,
    private readonly probes: HealthProbes,
  ) {}

  async check(): Promise<void> {
    const probes = this.probes.all;
    const passed = await Promise.all(probes.map((probe) => this.passes(probe)));
    this.board.post(Object.fromEntries(probes.map(({ name }, index) => [name, passed[index]!])));
  }

  private async passes(probe: HealthProbe): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new ProbeFailure(`no answer within ${PROBE_MILLIS_MAX} ms`)), PROBE_MILLIS_MAX);
    });
    try {
      await Promise.race([this.once(probe), deadline]);
      if (this.failing.delete(probe.name)) this.logger.log('a probe passes again', { probe: probe.name });
      return true;
    } catch (error) {
      if (!this.failing.has(probe.name)) this.logger.error('a probe does not pass', { probe: probe.name, error });
      this.failing.add(probe.name);
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  /** A database that hangs would otherwise be given a connection more by every tick, until the pool is empty. */
  private async once(probe: HealthProbe): Promise<void> {
    if (this.hanging.has(probe.name)) throw new ProbeFailure('the last check has not come back');
    this.hanging.add(probe.name);
    try {
      await probe.check();
    } finally {
      this.hanging.delete(probe.name);
    }
  }
}
