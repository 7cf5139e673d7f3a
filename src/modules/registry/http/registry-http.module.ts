import { Module } from '@nestjs/common';
import { AuthModule } from '#modules/auth/index.js';
import { RegistryModule } from '../registry.module.js';
import { BlobDoor } from './blob-door.js';
import { ManifestDoor } from './manifest-door.js';
import { RegistryController } from './registry.controller.js';
import { TokenController } from './token.controller.js';

@Module({ imports: [AuthModule, RegistryModule], controllers: [RegistryController, TokenController], providers: [BlobDoor, ManifestDoor] })
export class RegistryHttpModule {}
