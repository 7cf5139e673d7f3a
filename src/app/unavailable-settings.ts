import type { Config } from '#platform/config/config.js';
import { ConfigError } from '#platform/config/load-config.js';

/** Settings that have their names and are not read by anything yet: to accept one would be to promise what it does. */
const UNAVAILABLE: readonly { readonly name: string; readonly isSet: (config: Config) => boolean }[] = [
  { name: 'REDIS_URL', isSet: ({ redisUrl }) => redisUrl !== null },
];

/** Throws a `ConfigError` that names every setting which this version cannot honour. */
export function refuseUnavailable(config: Config): Config {
  const findings = UNAVAILABLE.filter(({ isSet }) => isSet(config)).map(({ name }) => `${name} is not available in this version: leave it unset`);
  if (findings.length > 0) throw new ConfigError(findings);
  return config;
}
