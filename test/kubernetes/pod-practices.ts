import { type Cluster, filesOf, isServer, isWithin, type Mount, mountsOf, ofKind, type Pod } from './cluster.js';
import type { Place } from './place.js';
import type { Rules } from './pod-security.js';
import { quantityOf } from './quantity.js';

/** What is asked of a pod beyond the Pod Security Standards. */
const DIGEST = /^[a-z0-9][a-z0-9.:/_-]*@sha256:[0-9a-f]{64}$/;
/** As the kubelet leaves a file of a secret in a pod with an fsGroup: the group may read it, whatever was asked for (pkg/volume/volume_linux.go). */
const GROUP_MAY_READ = 0o440;
/** Of a root key: its group may read it, and nobody else may do anything (root-key-file.ts); of values it is less. */
const FORBIDDEN_MODE_BITS = 0o037;
const REQUESTED = ['cpu', 'memory', 'ephemeral-storage'];
const LIMITED = ['memory', 'ephemeral-storage'];

const eachContainer = (find: (container: Place, pod: Pod, cluster: Cluster) => readonly Place[]) => (cluster: Cluster): readonly Place[] => cluster.pods.flatMap((pod) => pod.containers.flatMap((container) => find(container, pod, cluster)));
const eachMount = (find: (mount: Mount, pod: Pod, cluster: Cluster) => readonly Place[]) => eachContainer((container, pod, cluster) => mountsOf(container, pod).flatMap((mount) => find(mount, pod, cluster)));
const eachPod = (find: (pod: Pod) => readonly Place[]) => ({ pods }: Cluster): readonly Place[] => pods.flatMap(find);
const wherever = (place: Place, isBad: boolean): readonly Place[] => (isBad ? [place] : []);

/** The directories that a flag of Node's permission model grants. */
const granted = ({ image }: Cluster, flag: string): readonly string[] => image.entrypoint.filter((word) => word.startsWith(`${flag}=`)).map((word) => word.slice(flag.length + 1));

export const POD_PRACTICES: Rules = {
  'image-by-digest': eachContainer((container) => wherever(container.get('image'), !DIGEST.test(container.get('image').text))),
  'read-only-root': eachContainer((container) => wherever(container.get('securityContext', 'readOnlyRootFilesystem'), container.get('securityContext', 'readOnlyRootFilesystem').value !== true)),
  'service-account-token': (cluster) => [...cluster.pods.map(({ spec }) => spec), ...ofKind(cluster, 'ServiceAccount')].map((place) => place.get('automountServiceAccountToken')).filter(({ value }) => value !== false),
  'service-links': eachPod(({ spec }) => wherever(spec.get('enableServiceLinks'), spec.get('enableServiceLinks').value !== false)),
  // Of a container that was told neither the kernel ends the largest, which is seldom the guilty one.
  requests: eachContainer((container) => REQUESTED.map((name) => container.get('resources', 'requests', name)).filter((place) => !(quantityOf(place) > 0))),
  limits: eachContainer((container) =>
    LIMITED.map((name) => container.get('resources', 'limits', name)).filter((limit, at) => !(quantityOf(limit) >= quantityOf(container.get('resources', 'requests', LIMITED[at]!)))),
  ),
  'empty-dir-size': (cluster) =>
    cluster.pods.flatMap(({ spec, containers }) => {
      const sizes = spec.get('volumes').items.map((volume) => volume.get('emptyDir')).filter(({ isGiven }) => isGiven).map((directory) => directory.get('sizeLimit'));
      const limit = Math.max(...containers.map((container) => quantityOf(container.get('resources', 'limits', 'ephemeral-storage'))));
      const sum = sizes.reduce((total, size) => total + quantityOf(size), 0);
      return sizes.filter((size) => !(quantityOf(size) > 0) || !(sum < limit));
    }),
  // The entrypoint is the launcher, Node's permission model and the loader of the release: whoever replaces it goes without.
  entrypoint: eachContainer((container) => wherever(container.get('command'), container.get('command').isGiven)),
  program: eachContainer((container, _, { hasProgram }) => {
    const [program] = container.get('args').items;
    return program === undefined || hasProgram(program.text) ? [] : [program];
  }),
  'mount-has-volume': eachMount(({ place, volume }) => wherever(place.get('name'), !volume.isGiven)),
  'volume-is-mounted': eachPod((pod) => {
    const mounted = new Set(pod.containers.flatMap((container) => mountsOf(container, pod).map(({ volume }) => volume.path)));
    return pod.spec.get('volumes').items.filter(({ path }) => !mounted.has(path));
  }),
  // Where the permission model lets nobody read, or write, a mount is of no use.
  'mount-is-granted': eachMount(({ place, path, isReadOnly }, _, cluster) => wherever(place.get('mountPath'), !granted(cluster, isReadOnly ? '--allow-fs-read' : '--allow-fs-write').some((directory) => isWithin(path, directory)))),
  'secrets-are-read-only': eachMount(({ place, volume, isReadOnly }, _, { secrets }) => wherever(place.get('readOnly'), filesOf(volume, secrets).size > 0 && !isReadOnly)),
  // What is mounted by subPath is bound to the version of its day: an exchanged secret never arrives.
  'secrets-are-renewed': eachMount(({ place, volume }, _, { secrets }) => wherever(place.get('subPath'), filesOf(volume, secrets).size > 0 && (place.get('subPath').isGiven || place.get('subPathExpr').isGiven))),
  'secret-modes': eachPod(({ spec }) =>
    spec.get('volumes').items.flatMap((volume) => {
      const kind = volume.get('projected').isGiven ? volume.get('projected') : volume.get('secret');
      if (!kind.isGiven) return [];
      const sources = [kind, ...kind.get('sources').items.map((source) => source.get('secret'))];
      const modes = [kind.get('defaultMode'), ...sources.flatMap((source) => source.get('items').items.map((item) => item.get('mode')).filter(({ isGiven }) => isGiven))];
      return modes.filter(({ number }) => Number.isNaN(number) || ((number | GROUP_MAY_READ) & FORBIDDEN_MODE_BITS) !== 0);
    }),
  ),
  // Without it files of secrets belong to root alone, and no other account can read one that is not open to all.
  'secret-group': eachPod(({ spec }) => wherever(spec.get('securityContext', 'fsGroup'), spec.get('securityContext', 'fsGroup').value !== spec.get('securityContext', 'runAsGroup').value || !(spec.get('securityContext', 'fsGroup').number > 0))),
  'one-server-in-a-pod': eachPod((pod) => wherever(pod.spec.get('containers'), isServer(pod) && pod.containers.length !== 1)),
};
