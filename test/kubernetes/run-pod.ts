import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, environmentOf, filesOf, mountsOf, type Pod, secretsIn } from './cluster.js';
import type { Place } from './place.js';

/** The value of each key of each secret. */
export type SecretValues = Readonly<Record<string, Readonly<Record<string, string | Uint8Array>>>>;

export interface Surroundings {
  readonly cluster: Cluster;
  readonly secrets: SecretValues;
  /** Of the test, passable by all accounts. */
  readonly directory: string;
  /** Where the process listens, as the pod's own address. */
  readonly address: string;
}

/** A pod's only container as a process of this machine. */
export interface RunningPod {
  readonly address: string;
  output(): string;
  /** Milliseconds of `performance.now()` at which it was over, with the exit code. */
  readonly exited: Promise<{ readonly code: number | null; readonly atMillis: number }>;
  signal(name: NodeJS.Signals): void;
  /** The directory behind a volume. */
  volume(name: string): string;
}

/** What no test gives it: a filter of system calls, which container engines install, and a signed release. */
const EXEMPT = 'seccomp,release';
/** Of every pod, whatever `enableServiceLinks` says. */
const OF_THE_KUBELET = { HOSTNAME: 'quantonium-7d5f9c', KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443', KUBERNETES_PORT: 'tcp://10.96.0.1:443' };
/** As the image has it, where it comes out of a release. */
const NODE = `/app/node_modules/node-linux-${process.arch}/bin/node`;
const LOADER = '/app/dist/src/boot/loader/verify-release.js';

/**
 * Starts what a template says, as the kubelet and a container engine would: its paths are those of the manifest, in a root of
 * its own, with this checkout at /app; its environment is that of the manifest and nothing else; files
 * of secrets are root's, and the group's to read, behind the kubelet's links; account, root, capabilities and new privileges
 * are as the security context has them, and production looks at them. Not as in a cluster: the network is that of the machine, where a pod has an address of its
 * own on the loopback.
 */
export function runPod(pod: Pod, surroundings: Surroundings): RunningPod {
  const [container] = pod.containers as [Place];
  const root = mkdtempSync(join(surroundings.directory, 'root-'));
  chmodSync(root, 0o755);
  const volumes = new Map(mountsOf(container, pod).map(({ volume }) => [volume.get('name').text, volumeOf(volume, pod, root, surroundings)]));
  makeRoot(root);
  const mounts = mountsOf(container, pod).map(({ path, isReadOnly, volume }) => ({ from: volumes.get(volume.get('name').text)!, to: join(root, path), isReadOnly }));
  for (const { to } of mounts) mkdirSync(to, { recursive: true });
  const child = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-eu', '-c', launcher(root, container.get('securityContext', 'readOnlyRootFilesystem').value === true, mounts), 'sh', ...wordsOf(container, pod, surroundings)], {
    env: { ...Object.fromEntries([...environmentOf(container, surroundings.cluster)].map(([name, { text }]) => [name, text])), ...OF_THE_KUBELET, HARDENING_EXEMPTIONS: EXEMPT, HOST: surroundings.address, MANAGEMENT_HOST: surroundings.address },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { address: surroundings.address, ...watch(child), volume: (name) => volumes.get(name)! };
}

function watch(child: ChildProcess): Pick<RunningPod, 'output' | 'exited' | 'signal'> {
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => void (output += chunk.toString()));
  const exited = once(child, 'close').then(([code]) => ({ code: code as number | null, atMillis: performance.now() }));
  return { output: () => output, exited, signal: (name) => void (child.exitCode === null && child.signalCode === null && child.kill(name)) };
}

/** The image's entrypoint from Node on, with what the container gives or the image would: the server. */
function wordsOf(container: Place, pod: Pod, { cluster: { image } }: Surroundings): readonly string[] {
  const { runAsUser, runAsGroup } = pod.spec.get('securityContext').value as { readonly runAsUser: number; readonly runAsGroup: number };
  // A checkout has no manifest to be verified by.
  const entrypoint = image.entrypoint.filter((word) => word !== '--import' && word !== LOADER).map((word) => (word === '/usr/bin/node' ? NODE : word));
  const program = container.get('args').isGiven ? container.get('args').texts : image.program;
  const security = container.get('securityContext');
  const held = [...(security.get('capabilities', 'drop').texts.includes('ALL') ? ['--inh-caps=-all', '--bounding-set=-all'] : []), ...(security.get('allowPrivilegeEscalation').value === false ? ['--no-new-privs'] : [])];
  return [`--reuid=${runAsUser}`, `--regid=${runAsGroup}`, `--groups=${runAsGroup}`, ...held, ...entrypoint, ...program];
}

/** Everything that is mounted is gone with the process, whose namespace it is. One process all the way, so that signals reach it. */
function launcher(root: string, isReadOnlyRoot: boolean, mounts: readonly { readonly from: string; readonly to: string; readonly isReadOnly: boolean }[]): string {
  const bind = (from: string, to: string, isReadOnly: boolean): readonly string[] => [`mount --bind '${from}' '${to}'`, ...(isReadOnly ? [`mount -o remount,bind,ro '${to}'`] : [])];
  return [
    ...bind(root, root, false),
    ...bind('/usr', join(root, 'usr'), true),
    ...bind(process.cwd(), join(root, 'app'), true),
    ...['proc', 'dev'].map((name) => `mount --rbind /${name} '${join(root, name)}'`),
    ...mounts.flatMap(({ from, to, isReadOnly }) => bind(from, to, isReadOnly)),
    ...(isReadOnlyRoot ? [`mount -o remount,bind,ro '${root}'`] : []),
    `exec /usr/bin/env -u PWD -u OLDPWD /usr/sbin/chroot '${root}' /usr/bin/env -C /app /usr/bin/setpriv "$@"`,
  ].join('\n');
}

/** The directories of the image, and what its C library looks names up in. */
function makeRoot(root: string): void {
  for (const name of ['usr', 'app', 'proc', 'dev', 'etc', 'run/secrets', 'var/lib/quantonium/data', 'var/lib/quantonium/anchors']) mkdirSync(join(root, name), { recursive: true, mode: 0o755 });
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${name}`, join(root, name));
  writeFileSync(join(root, 'etc/passwd'), 'quantonium:x:10001:10001::/var/lib/quantonium:/nonexistent\n');
  writeFileSync(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n');
  writeFileSync(join(root, 'etc/hosts'), '127.0.0.1 localhost\n');
}

/** A claim is one directory for all pods that name it; what is empty or of secrets is of the pod. */
function volumeOf(volume: Place, pod: Pod, root: string, { cluster, secrets, directory }: Surroundings): string {
  const claim = volume.get('persistentVolumeClaim', 'claimName');
  const place = claim.isGiven ? join(directory, `claim-${claim.text}`) : join(`${root}-volumes`, volume.get('name').text);
  mkdirSync(place, { recursive: true });
  const group = pod.spec.get('securityContext', 'fsGroup').number;
  if (secretsIn(volume).length > 0) {
    writeSecrets(place, volume, group, cluster, secrets);
  } else {
    // As SetVolumeOwnership leaves what may be written to.
    chownSync(place, 0, group);
    chmodSync(place, 0o2775);
  }
  return place;
}

const VERSION = '..2026_11_23_12_00_00.1';

/** As the kubelet's atomic writer: the files in a directory of their version, a link to that, and links through it. */
function writeSecrets(place: string, volume: Place, group: number, cluster: Cluster, secrets: SecretValues): void {
  mkdirSync(join(place, VERSION), { recursive: true });
  symlinkSync(VERSION, join(place, '..data'));
  const kind = volume.get('projected').isGiven ? volume.get('projected') : volume.get('secret');
  for (const [name, { secret, key }] of filesOf(volume, cluster.secrets)) {
    const value = secrets[secret]?.[key];
    if (value === undefined) continue;
    const file = join(place, VERSION, name);
    writeFileSync(file, value);
    chownSync(file, 0, group);
    chmodSync(file, kind.get('defaultMode').number | 0o440);
    symlinkSync(join('..data', name), join(place, name));
  }
}

/** A probe as the kubelet makes it; 0 where nobody answers. */
export async function probe(pod: Pod, running: Pick<RunningPod, 'address'>, name: 'startupProbe' | 'livenessProbe' | 'readinessProbe'): Promise<number> {
  const [container] = pod.containers as [Place];
  const { path, port, scheme = 'HTTP' } = container.get(name, 'httpGet').value as { readonly path: string; readonly port: string | number; readonly scheme?: string };
  const number = container.get('ports').items.find((each) => each.get('name').value === port)?.get('containerPort').number ?? port;
  const signal = AbortSignal.timeout(container.get(name, 'timeoutSeconds').number * 1000);
  return fetch(`${scheme.toLowerCase()}://${running.address}:${number}${path}`, { signal }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.status;
    },
    () => 0,
  );
}

