import { Module } from '@nestjs/common';
import { RegistryModule } from '../registry.module.js';
import { RegistryController } from './registry.controller.js';

@Module({ imports: [RegistryModule], controllers: [RegistryController] })
export class RegistryHttpModule {}
