import { ClientKeysController } from './client-keys.controller.js';
import { ClientsController } from './clients.controller.js';
import { DevicePageController } from './device-page.controller.js';
import { DeviceController } from './device.controller.js';
import { MetadataController } from './metadata.controller.js';
import { OAuthController } from './oauth.controller.js';

/** Of the auth doors: clients, what they prove themselves by, and what they ask. */
export const OAUTH_CONTROLLERS = [ClientKeysController, ClientsController, DeviceController, DevicePageController, MetadataController, OAuthController];
