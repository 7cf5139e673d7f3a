import { ApiKeyAuthenticator } from './api-key-authenticator.js';
import { ApiKeyRecords } from './api-key-records.js';
import { ApiKeyUses } from './api-key-uses.js';
import { ApiKeys } from './api-keys.js';
import { ServiceAccountKeys } from './service-account-keys.js';

/** Of the auth engine: its doors and jobs take these. */
export const apiKeyProviders = [ApiKeyAuthenticator, ApiKeyRecords, ApiKeys, ApiKeyUses, ServiceAccountKeys];
