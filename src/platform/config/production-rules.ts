import { sep } from 'node:path';
import { clearFindings, isLoopback } from './clear-connections.js';
import type { Config } from './config.js';
import { sharedLogins } from './database-logins.js';
import { VARIABLES, type Values, type Variable, type VariableName } from './variables.js';

/** What production refuses and a laptop may have. */
export function productionFindings(config: Config, values: Values): string[] {
  if (!config.production) return [];
  return [...placeholderFindings(values), ...sharedLogins(values), ...clearFindings(values), ...placeFindings(config)];
}

/** What examples and tutorials write where a secret belongs. */
const PLACEHOLDER = /^(|change[-_ ]?(me|it|this)|password|passwd|secret|example|placeholder|default|admin|root|test|postgres|quantonium|to[-_ ]?do|x{3,}|<.*>|\$\{.*\}|your[-_ ].*|1234.*)$/i;

function placeholderFindings(values: Values): string[] {
  return (Object.keys(VARIABLES) as VariableName[]).flatMap((name) => {
    const { isSecret }: Variable<unknown> = VARIABLES[name];
    const value = values[name];
    return isSecret === true && typeof value === 'string' && hasPlaceholder(value) ? [`${name} has a placeholder for its password, which production refuses`] : [];
  });
}

/** Also of a secret that is read anew. No password at all is a client certificate, peer authentication or a password file: nothing that was left in. */
export function hasPlaceholder(value: string): boolean {
  const password = passwordIn(value);
  return password !== '' && PLACEHOLDER.test(password);
}

/** Of an address its password; what is no address is a secret as a whole. */
function passwordIn(value: string): string {
  return value.includes('://') && URL.canParse(value) ? decodeURIComponent(new URL(value).password) : value;
}

function placeFindings(config: Config): string[] {
  const findings: string[] = [];
  if (isWithin(config.dataDirectory, config.rootKeyFile)) findings.push('ROOT_KEY_FILE lies in QUANTONIUM_DATA_DIR, so that one copy would take both: production refuses that');
  if (isWithin(config.dataDirectory, config.ledger.anchorDirectory)) findings.push('AUDIT_ANCHOR_DIR lies in QUANTONIUM_DATA_DIR, so that who rolls one back takes the other along: production refuses that');
  const { protocol, hostname } = new URL(config.http.publicUrl);
  if (protocol !== 'https:' && !isLoopback(hostname)) findings.push('PUBLIC_URL must be https in production');
  if (servesInClear(config)) findings.push('TLS_CERT_FILE and TLS_KEY_FILE, or the TRUSTED_PROXIES that speak TLS for it, must be given in production: nothing is served in clear beyond this machine');
  const { seal: { transit }, vault } = config;
  if (transit !== null && !transit.url.startsWith('https:') && !isLoopback(new URL(transit.url).hostname)) findings.push('SEAL_TRANSIT_URL must be https in production: the key above all others comes back by it');
  if (vault !== null && !vault.base.startsWith('https:') && !isLoopback(new URL(vault.base).hostname)) findings.push('SECRETS_VAULT_URL must be https in production: the secrets come back by it');
  if (!config.administratorsNeedSecondFactor) findings.push('ADMIN_MFA=optional is for laptops: in production whoever administers has a second factor');
  if (config.crashAt !== null) findings.push('QUANTONIUM_CRASH_AT is for tests: production refuses it');
  return findings;
}

/** Probes alone need no TLS: a process that serves nothing else has none. */
function servesInClear({ roles, http: { publicUrl, host, tls, trustedProxies } }: Config): boolean {
  const forThisMachine = !publicUrl.startsWith('https:') && isLoopback(host);
  return roles.has('api') && tls === null && trustedProxies.length === 0 && !forThisMachine;
}

/** By name: neither needs to exist yet. Whether symbolic links lead one into the other is checked when they are opened. */
function isWithin(directory: string, path: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}
