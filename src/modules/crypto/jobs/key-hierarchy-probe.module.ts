import { Module, type OnModuleInit } from '@nestjs/common';
import { HealthModule, HealthProbes, ProbeFailure } from '#modules/health/index.js';
import { CryptoModule } from '../crypto.module.js';
import { KeyHierarchy } from '../hierarchy/key-hierarchy.js';

/** The roof imports it where keys of projects are used. */
@Module({ imports: [CryptoModule, HealthModule] })
export class KeyHierarchyProbeModule implements OnModuleInit {
  constructor(
    private readonly probes: HealthProbes,
    private readonly hierarchy: KeyHierarchy,
  ) {}

  /** A process that could not follow a new root key works with the keys it has at hand, and less every minute: others must take its requests. */
  onModuleInit(): void {
    this.probes.add({
      name: 'key-hierarchy',
      check: async () => {
        const { impediment } = this.hierarchy;
        if (impediment !== null) throw new ProbeFailure(impediment);
      },
    });
  }
}
