import type { Config } from '#platform/config/config.js';
import { connectionsMaxOf } from '#platform/http/crowded-connections.js';
import { type HttpSettings, SOCKET_LIMITS } from '#platform/http/http-settings.js';
import { readTlsMaterial } from '#platform/http/tls/tls-material.js';
import { descriptorLimit } from '#platform/system/descriptor-limit.js';

/** What the HTTP floor needs of the configuration. */
export function httpSettingsOf({ http, rateLimits, production }: Config): HttpSettings {
  return {
    publicUrl: http.publicUrl,
    corsOrigins: http.corsOrigins,
    trustedProxies: http.trustedProxies,
    tls: http.tls === null ? null : readTlsMaterial(http.tls),
    rateLimits,
    sockets: SOCKET_LIMITS,
    connectionsMax: connectionsMaxOf(descriptorLimit()),
    production,
  };
}
