import { Module } from '@nestjs/common';
import { AuditModule } from '#modules/audit/index.js';
import { RbacModule } from '#modules/rbac/index.js';
import { CryptoModule } from '../crypto.module.js';
import { KeyAccess } from './key-access.js';
import { SysController } from './sys.controller.js';

@Module({ imports: [CryptoModule, AuditModule, RbacModule], controllers: [SysController], providers: [KeyAccess] })
export class CryptoHttpModule {}
