import { readFileSync } from 'node:fs';
import type { Config } from '#platform/config/config.js';
import type { HttpSettings } from '#platform/http/http-settings.js';

/** What the HTTP floor needs of the configuration. */
export function httpSettingsOf({ http, rateLimits, production }: Config): HttpSettings {
  return {
    publicUrl: http.publicUrl,
    corsOrigins: http.corsOrigins,
    trustedProxies: http.trustedProxies,
    tls: http.tls === null ? null : { certificate: readFileSync(http.tls.certFile), key: readFileSync(http.tls.keyFile) },
    rateLimits,
    production,
  };
}
