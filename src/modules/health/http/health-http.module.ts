import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthModule } from '../health.module.js';
import { AttestationController } from './attestation.controller.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { VersionController } from './version.controller.js';

@Module({
  // The tick logs what fails, once; Terminus would log every probe of every orchestrator.
  imports: [HealthModule, TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController, MetricsController, VersionController, AttestationController],
})
export class HealthHttpModule {}
