import { Module } from '@nestjs/common';
import { AuthModule } from '#modules/auth/index.js';
import { RbacModule } from '#modules/rbac/index.js';
import { RegistryModule } from '../registry.module.js';
import { BlobDoor } from './blob-door.js';
import { LifecycleController } from './lifecycle.controller.js';
import { ManifestDoor } from './manifest-door.js';
import { RegistryPolicyController } from './registry-policy.controller.js';
import { RegistryController } from './registry.controller.js';
import { RepositoriesController } from './repositories.controller.js';
import { RetentionController } from './retention.controller.js';
import { TokenController } from './token.controller.js';
import { TrustedKeysController } from './trusted-keys.controller.js';
import { UpkeepController } from './upkeep.controller.js';
import { UsageController } from './usage.controller.js';

/** What manages the registry, in the server's own dialect. */
const MANAGEMENT = [RepositoriesController, LifecycleController, RegistryPolicyController, RetentionController, TrustedKeysController, UpkeepController, UsageController];

@Module({ imports: [AuthModule, RbacModule, RegistryModule], controllers: [RegistryController, TokenController, ...MANAGEMENT], providers: [BlobDoor, ManifestDoor] })
export class RegistryHttpModule {}
