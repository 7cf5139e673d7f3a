import { ApiKeyAuthenticator } from './api-key-authenticator.js';
import { ApiKeyUses } from './api-key-uses.js';
import { ApiKeys } from './api-keys.js';

/** Of the auth engine: its doors and jobs take these. */
export const apiKeyProviders = [ApiKeyAuthenticator, ApiKeys, ApiKeyUses];
