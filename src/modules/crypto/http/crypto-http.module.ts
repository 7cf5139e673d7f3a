import { Module } from '@nestjs/common';
import { AuditModule } from '#modules/audit/index.js';
import { RbacModule } from '#modules/rbac/index.js';
import { CryptoModule } from '../crypto.module.js';
import { WaveformsModule } from '../waveforms/waveforms.module.js';
import { KeyAccess } from './key-access.js';
import { SysController } from './sys.controller.js';
import { WaveformsController } from './waveforms.controller.js';

@Module({ imports: [CryptoModule, WaveformsModule, AuditModule, RbacModule], controllers: [SysController, WaveformsController], providers: [KeyAccess] })
export class CryptoHttpModule {}
