import { Module } from '@nestjs/common';
import { AuditModule } from '#modules/audit/index.js';
import { RbacModule } from '#modules/rbac/index.js';
import { CryptoModule } from '../crypto.module.js';
import { TransitModule } from '../transit/transit.module.js';
import { WaveformsModule } from '../waveforms/waveforms.module.js';
import { KeyAccess } from './key-access.js';
import { OperationDoor } from './operation-door.js';
import { SysController } from './sys.controller.js';
import { TransitOperationsController } from './transit-operations.controller.js';
import { TransitPrimitivesController } from './transit-primitives.controller.js';
import { TransitSignaturesController } from './transit-signatures.controller.js';
import { WaveformsController } from './waveforms.controller.js';

@Module({
  imports: [CryptoModule, TransitModule, WaveformsModule, AuditModule, RbacModule],
  controllers: [SysController, TransitOperationsController, TransitSignaturesController, TransitPrimitivesController, WaveformsController],
  providers: [KeyAccess, OperationDoor],
})
export class CryptoHttpModule {}
