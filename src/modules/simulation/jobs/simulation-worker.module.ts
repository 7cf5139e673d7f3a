import { Module, type OnModuleInit } from '@nestjs/common';
import { HealthModule, HealthProbes } from '#modules/health/index.js';
import { CircuitRunner } from '../circuit-runner.js';
import { SimulationRunModule } from '../simulation.module.js';
import { SimulationWorkerJob } from './simulation-worker.job.js';

/** The roof imports it where the role `worker` is. */
@Module({ imports: [SimulationRunModule, HealthModule], providers: [SimulationWorkerJob] })
export class SimulationWorkerModule implements OnModuleInit {
  constructor(
    private readonly probes: HealthProbes,
    private readonly runner: CircuitRunner,
  ) {}

  /** A worker without threads claims nothing it could not run, and says so to whoever watches it. */
  onModuleInit(): void {
    this.probes.add({
      name: 'simulation-threads',
      check: async () => {
        // Threads load their engine while the server boots: the first check waits for one instead of being red for a second.
        await this.runner.whenAlive();
        if (this.runner.health().alive === 0) throw new Error('no simulation thread is alive');
      },
    });
  }
}
