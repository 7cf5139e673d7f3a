import { readFileSync } from 'node:fs';
import { KvStore } from '#platform/vault/kv-store.js';
import { VaultFailure, VaultUnreachable } from '#platform/vault/vault-failure.js';
import { VaultSession } from '#platform/vault/vault-session.js';
import { type Clock, SystemClock } from '#platform/system/clock.js';
import type { Config, VaultConfig } from './config.js';
import type { Environment } from './environment.js';
import { ConfigError, type Fetched, loadConfig } from './load-config.js';
import { type SettingSource, sourceOf } from './setting-source.js';
import { Refused } from './value-source.js';
import { VARIABLES, type VariableName } from './variables.js';

/** The server that settings are read from cannot be reached just now: a restart may mend it. */
export class SecretsUnreachable extends Error {
  override readonly name = 'SecretsUnreachable';
}

type VaultSource = Extract<SettingSource, { kind: 'vault' }>;

/**
 * The configuration with what stands in a Vault server. Refused as a whole, naming every setting that could not be had
 * and why: a process that began with some of its secrets would fail later, and in a way that says less.
 */
export async function readConfig(environment: Environment, clock: Clock = new SystemClock()): Promise<Config> {
  const references = referencesIn(environment);
  if (references.length === 0) return loadConfig(environment);
  const { vault } = loadConfig(ofTheServer(environment));
  if (vault === null) return loadConfig(environment);
  const look = storeOf(vault, clock).look();
  const fetched = await Promise.all(references.map(async ([name, { reference }]) => [name, await look.read(reference).catch(asRefusal)] as const));
  return loadConfig(environment, new Map(fetched) satisfies Fetched);
}

/** The store that a configuration names, with a standing of its own. Throws `ConfigError` for authorities that are not to be read. */
export function storeOf({ base, namespace, authoritiesFile, credential }: VaultConfig, clock: Clock): KvStore {
  return new KvStore(new VaultSession({ base, namespace, authorities: authoritiesIn(authoritiesFile) }, credential, clock));
}

/** PEM of the authorities of VAULT_CA_FILE. */
export function authoritiesIn(file: string | null): string | null {
  if (file === null) return null;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError([`VAULT_CA_FILE cannot be read (${(error as NodeJS.ErrnoException).code})`]);
  }
}

function referencesIn(environment: Environment): readonly (readonly [VariableName, VaultSource])[] {
  return (Object.keys(VARIABLES) as VariableName[]).flatMap((name) => {
    const source = orNull(() => sourceOf(name, environment));
    return source?.kind === 'vault' ? [[name, source] as const] : [];
  });
}

/** A setting that is refused is told with all others by `loadConfig`. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

/** How the server is reached, and nothing else: the rest is checked when it is complete. */
function ofTheServer(environment: Environment): Environment {
  const own = (Object.keys(VARIABLES) as VariableName[]).filter((name) => VARIABLES[name].group === 'Secrets');
  const names = [...own.flatMap((name) => [name, `${name}_FILE`]), 'CREDENTIALS_DIRECTORY'];
  return Object.fromEntries(names.map((name) => [name, environment[name]]));
}

function asRefusal(error: unknown): Refused {
  if (error instanceof VaultUnreachable) throw new SecretsUnreachable(`the secrets cannot be read: the server at SECRETS_VAULT_URL ${error.message}`, { cause: error });
  if (error instanceof VaultFailure) return new Refused(`cannot be read: the server at SECRETS_VAULT_URL ${error.message}`);
  if (error instanceof Refused) return new Refused(`cannot be read: SECRETS_VAULT_KUBERNETES_TOKEN_FILE ${error.message}`);
  throw error;
}
