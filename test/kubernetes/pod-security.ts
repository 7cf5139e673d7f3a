import type { Cluster, Pod } from './cluster.js';
import type { Place } from './place.js';

/**
 * The Pod Security Standards, level `restricted` with the `baseline` beneath it (kubernetes.io/docs/concepts/security/
 * pod-security-standards, as of 1.34). Each rule gives the places that break it. Where a user namespace would relax one
 * (`hostUsers: false`), it is not relaxed.
 */
type PodRule = (pod: Pod) => readonly Place[];
export type Rules = Readonly<Record<string, (cluster: Cluster) => readonly Place[]>>;

const unless = (place: Place, ...allowed: readonly unknown[]): readonly Place[] => (!place.isGiven || allowed.includes(place.value) ? [] : [place]);
/** The security contexts that there may be: the pod's, and each container's. */
const contexts = ({ spec, containers }: Pod): readonly Place[] => [spec, ...containers].map((place) => place.get('securityContext'));
const ofContainers = ({ containers }: Pod): readonly Place[] => containers.map((container) => container.get('securityContext'));

const VOLUMES = new Set(['name', 'configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret']);
const SYSCTLS = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
]);
const SELINUX_TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];
const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';
const PROFILES = ['RuntimeDefault', 'Localhost'];
const HANDLERS = [['startupProbe'], ['livenessProbe'], ['readinessProbe'], ['lifecycle', 'preStop'], ['lifecycle', 'postStart']];

/** For the pod as a whole, or for each of its containers; one that is said to be otherwise is otherwise. */
function everywhere(pod: Pod, names: readonly string[], allowed: readonly unknown[]): readonly Place[] {
  const ofPod = pod.spec.get('securityContext', ...names);
  const isFor = ({ value }: Place): boolean => allowed.includes(value);
  return [...(ofPod.isGiven && !isFor(ofPod) ? [ofPod] : []), ...ofContainers(pod).map((context) => context.get(...names)).filter((own) => (own.isGiven ? !isFor(own) : !isFor(ofPod)))];
}

const POD_RULES: Readonly<Record<string, PodRule>> = {
  'pss/host-process': (pod) => contexts(pod).flatMap((context) => unless(context.get('windowsOptions', 'hostProcess'), false)),
  'pss/host-namespaces': ({ spec }) => ['hostNetwork', 'hostPID', 'hostIPC'].flatMap((name) => unless(spec.get(name), false)),
  'pss/privileged': (pod) => ofContainers(pod).flatMap((context) => unless(context.get('privileged'), false)),
  'pss/host-ports': ({ containers }) => containers.flatMap((container) => container.get('ports').items.flatMap((port) => unless(port.get('hostPort'), 0))),
  'pss/host-probes': ({ containers }) => containers.flatMap((container) => HANDLERS.flatMap((names) => ['httpGet', 'tcpSocket'].flatMap((action) => unless(container.get(...names, action, 'host'), '')))),
  'pss/apparmor': (pod) => [
    ...contexts(pod).flatMap((context) => unless(context.get('appArmorProfile', 'type'), ...PROFILES)),
    ...annotationsOf(pod).filter((annotation) => annotation.path.includes(APPARMOR_ANNOTATION) && !/^(runtime\/default|localhost\/.*)$/.test(annotation.text)),
  ],
  'pss/selinux': (pod) =>
    contexts(pod).flatMap((context) => {
      const options = context.get('seLinuxOptions');
      return [...unless(options.get('type'), ...SELINUX_TYPES), ...unless(options.get('user'), ''), ...unless(options.get('role'), '')];
    }),
  'pss/proc-mount': (pod) => ofContainers(pod).flatMap((context) => unless(context.get('procMount'), 'Default')),
  'pss/sysctls': ({ spec }) => spec.get('securityContext', 'sysctls').items.map((sysctl) => sysctl.get('name')).filter(({ text }) => !SYSCTLS.has(text)),
  'pss/volume-types': ({ spec }) => spec.get('volumes').items.flatMap((volume) => volume.names.filter((name) => !VOLUMES.has(name)).flatMap((name) => unless(volume.get(name)))),
  'pss/privilege-escalation': (pod) => ofContainers(pod).map((context) => context.get('allowPrivilegeEscalation')).filter(({ value }) => value !== false),
  'pss/run-as-non-root': (pod) => everywhere(pod, ['runAsNonRoot'], [true]),
  'pss/run-as-user': (pod) => contexts(pod).map((context) => context.get('runAsUser')).filter(({ value }) => value === 0),
  'pss/seccomp': (pod) => everywhere(pod, ['seccompProfile', 'type'], PROFILES),
  'pss/capabilities': (pod) =>
    ofContainers(pod).flatMap((context) => {
      const [drop, add] = [context.get('capabilities', 'drop'), context.get('capabilities', 'add')];
      return [...(drop.texts.includes('ALL') ? [] : [drop]), ...add.items.filter(({ value }) => value !== 'NET_BIND_SERVICE')];
    }),
};

function annotationsOf({ kind, owner }: Pod): readonly Place[] {
  return (kind === 'Pod' ? owner : owner.get('spec', 'template')).get('metadata', 'annotations').members;
}

export const POD_SECURITY: Rules = Object.fromEntries(Object.entries(POD_RULES).map(([name, find]) => [name, ({ pods }: Cluster) => pods.flatMap(find)]));
