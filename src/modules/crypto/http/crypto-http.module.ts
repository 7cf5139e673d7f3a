import { Module } from '@nestjs/common';
import { AuditModule } from '#modules/audit/index.js';
import { RbacModule } from '#modules/rbac/index.js';
import { CryptoModule } from '../crypto.module.js';
import { TransitModule } from '../transit/transit.module.js';
import { WaveformsModule } from '../waveforms/waveforms.module.js';
import { KeyAccess } from './key-access.js';
import { KeyApproval } from './key-approval.js';
import { KeyJournal } from './key-journal.js';
import { OperationDoor } from './operation-door.js';
import { SigningKeysController } from './signing-keys.controller.js';
import { SysController } from './sys.controller.js';
import { TransitConfigController } from './transit-config.controller.js';
import { TransitKeysController } from './transit-keys.controller.js';
import { TransitOperationsController } from './transit-operations.controller.js';
import { TransitPrimitivesController } from './transit-primitives.controller.js';
import { TransitSignaturesController } from './transit-signatures.controller.js';
import { TransitTransferController } from './transit-transfer.controller.js';
import { WaveformsController } from './waveforms.controller.js';

const KEYS = [TransitKeysController, TransitTransferController, TransitConfigController];
const OPERATIONS = [TransitOperationsController, TransitSignaturesController, TransitPrimitivesController];

@Module({
  imports: [CryptoModule, TransitModule, WaveformsModule, AuditModule, RbacModule],
  controllers: [SigningKeysController, SysController, ...KEYS, ...OPERATIONS, WaveformsController],
  providers: [KeyAccess, KeyApproval, KeyJournal, OperationDoor],
})
export class CryptoHttpModule {}
