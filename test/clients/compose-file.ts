import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { needProgram } from './install.js';

/** As compose itself resolves it: anchors merged, variables filled in, paths absolute. */
export interface ComposeService {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly { readonly source: string; readonly target?: string }[];
  readonly volumes?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly networks?: Readonly<Record<string, null>>;
  readonly network_mode?: string;
  readonly ulimits?: Readonly<Record<string, number>>;
  readonly pids_limit?: number;
  readonly mem_limit?: string;
  readonly user?: string;
  readonly ports?: readonly string[];
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, object>>;
}

export const COMPOSE = join(process.cwd(), 'docker/compose.yaml');

export interface Resolved {
  readonly status: number | null;
  readonly out: string;
}

/** By Debian's compose, which refuses what its schema does not know. */
export function resolveCompose(environment: Readonly<Record<string, string>>, file = COMPOSE): Resolved {
  needProgram('docker-compose');
  const { status, stdout, stderr } = spawnSync('docker-compose', ['--file', file, 'config'], { encoding: 'utf8', cwd: dirname(COMPOSE), env: { PATH: process.env['PATH'] ?? '', ...environment } });
  return { status, out: status === 0 ? stdout : stderr };
}

export function composeFile(environment: Readonly<Record<string, string>>): ComposeFile {
  const { status, out } = resolveCompose(environment);
  if (status !== 0) throw new Error(out);
  // Compose writes a dollar as two.
  return parse(out) as ComposeFile;
}

/** Where a test has what the engine would make: a directory for each named volume. */
type Directories = Readonly<Record<string, string>>;

/**
 * What each key of a service is to podman, before the image; of `command` and `image` that stand behind it see below. A key
 * that is not here is an error: it would be something that the file says and the test does not do.
 */
function optionsOf(service: ComposeService, file: ComposeFile, directories: Directories): Readonly<Record<string, readonly string[]>> {
  const flags = (flag: string, values: readonly string[] = []): readonly string[] => values.flatMap((value) => [flag, value]);
  const inDirectory = (volume: string): string => volume.replace(/^[^/:]+(?=:)/, (name) => directories[name] ?? `no directory for ${name}`);
  return {
    image: [],
    command: [],
    environment: flags('--env', Object.entries(service.environment ?? {}).map(([name, value]) => `${name}=${value}`)),
    secrets: flags('--volume', service.secrets?.map(({ source, target = source }) => `${file.secrets[source]!.file}:${target.startsWith('/') ? target : `/run/secrets/${target}`}:ro`)),
    volumes: flags('--volume', service.volumes?.map(inDirectory)),
    tmpfs: flags('--tmpfs', service.tmpfs),
    read_only: service.read_only === true ? ['--read-only', '--read-only-tmpfs=false'] : [],
    cap_drop: flags('--cap-drop', service.cap_drop),
    security_opt: flags('--security-opt', service.security_opt?.map((option) => option.replace(/^seccomp:(.*)$/, `seccomp=${dirname(COMPOSE)}/$1`))),
    pids_limit: ['--pids-limit', String(service.pids_limit)],
    mem_limit: ['--memory', String(service.mem_limit)],
    // Of descriptors a machine may allow fewer than the file asks for.
    ulimits: flags('--ulimit', Object.entries(service.ulimits ?? {}).filter(([name]) => name !== 'nofile').map(([name, value]) => `${name}=${value}:${value}`)),
    // What compose does between containers: order, networks of its own, starting anew; and the test asks by itself.
    ...Object.fromEntries(['depends_on', 'networks', 'network_mode', 'ports', 'restart', 'healthcheck', 'stop_grace_period'].map((key) => [key, []])),
  };
}

/** The words of `podman run` for a service, with what the test adds before its image. */
export function wordsFor(file: ComposeFile, name: string, directories: Directories, more: readonly string[]): readonly string[] {
  const service = file.services[name]!;
  const options = optionsOf(service, file, directories);
  const unknown = Object.keys(service).filter((key) => !(key in options));
  if (unknown.length > 0) throw new Error(`${name}: ${unknown.join(', ')} of compose.yaml mean nothing to this test`);
  return [...Object.keys(service).flatMap((key) => options[key]!), ...more, service.image, ...(service.command ?? [])];
}
