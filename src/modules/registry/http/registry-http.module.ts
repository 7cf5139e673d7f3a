import { Module } from '@nestjs/common';
import { RegistryModule } from '../registry.module.js';
import { BlobDoor } from './blob-door.js';
import { ManifestDoor } from './manifest-door.js';
import { RegistryController } from './registry.controller.js';

@Module({ imports: [RegistryModule], controllers: [RegistryController], providers: [BlobDoor, ManifestDoor] })
export class RegistryHttpModule {}
