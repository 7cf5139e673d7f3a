import { type Cluster, environmentOf, isServer, kindOf, nameOf, ofKind, podsSelectedBy } from './cluster.js';
import { type Place, selects } from './place.js';
import type { Rules } from './pod-security.js';

/** What names another thing, and has to name one that is there. */
const exists = (cluster: Cluster, kind: string, { text }: Place): boolean => ofKind(cluster, kind).some((manifest) => nameOf(manifest) === text);
const absent = (cluster: Cluster, kind: string, places: readonly Place[]): readonly Place[] => places.filter((place) => place.isGiven && !exists(cluster, kind, place));
const containersOf = ({ pods }: Cluster): readonly Place[] => pods.flatMap(({ containers }) => containers);
const CLUSTER_WIDE = new Set(['Namespace']);
const PSS_MODES = ['enforce', 'audit', 'warn'];

/** Services by their port, against the pods behind them. */
function unreachedPorts(cluster: Cluster): readonly Place[] {
  return ofKind(cluster, 'Service').flatMap((service) => {
    const servers = podsSelectedBy(cluster, service.get('spec', 'selector')).filter(isServer);
    const names = (place: Place): boolean => servers.length > 0 && servers.every(({ containers }) => containers.some((container) => container.get('ports').items.some((port) => [port.get('name').value, port.get('containerPort').value].includes(place.value as string))));
    return service.get('spec', 'ports').items.map((port) => port.get('targetPort')).filter((port) => !names(port));
  });
}

export const REFERENCES: Rules = {
  'one-of-each-name': ({ manifests }) => manifests.filter((manifest, at) => manifests.findIndex(({ path }) => path === manifest.path) !== at),
  namespace: (cluster) => {
    const [namespace] = ofKind(cluster, 'Namespace');
    return cluster.manifests.filter((manifest) => !CLUSTER_WIDE.has(kindOf(manifest))).map((manifest) => manifest.get('metadata', 'namespace')).filter(({ text }) => namespace === undefined || text !== nameOf(namespace));
  },
  'namespace-is-restricted': (cluster) =>
    ofKind(cluster, 'Namespace').flatMap((namespace) => PSS_MODES.map((mode) => namespace.get('metadata', 'labels', `pod-security.kubernetes.io/${mode}`)).filter(({ value }) => value !== 'restricted')),
  'config-maps': (cluster) => absent(cluster, 'ConfigMap', [...containersOf(cluster).flatMap((container) => container.get('envFrom').items.map((source) => source.get('configMapRef', 'name'))), ...cluster.pods.flatMap(({ spec }) => spec.get('volumes').items.map((volume) => volume.get('configMap', 'name')))]),
  claims: (cluster) => absent(cluster, 'PersistentVolumeClaim', cluster.pods.flatMap(({ spec }) => spec.get('volumes').items.map((volume) => volume.get('persistentVolumeClaim', 'claimName')))),
  'service-accounts': (cluster) => cluster.pods.map(({ spec }) => spec.get('serviceAccountName')).filter((place) => !exists(cluster, 'ServiceAccount', place)),
  'everything-is-used': (cluster) => {
    const named = new Set([
      ...containersOf(cluster).flatMap((container) => container.get('envFrom').items.map((source) => `ConfigMap/${source.get('configMapRef', 'name').text}`)),
      ...cluster.pods.flatMap(({ spec }) => [`ServiceAccount/${spec.get('serviceAccountName').text}`, ...spec.get('volumes').items.map((volume) => `PersistentVolumeClaim/${volume.get('persistentVolumeClaim', 'claimName').text}`)]),
    ]);
    return ['ConfigMap', 'ServiceAccount', 'PersistentVolumeClaim'].flatMap((kind) => ofKind(cluster, kind)).filter(({ path }) => !named.has(path));
  },
  'selector-matches-template': ({ pods }) => pods.filter(({ kind, owner, labels }) => kind === 'Deployment' && !selects(owner.get('spec', 'selector', 'matchLabels'), labels)).map(({ owner }) => owner.get('spec', 'selector', 'matchLabels')),
  // Two that select the same pods would each take the other's for its own.
  'selectors-are-apart': (cluster) => ofKind(cluster, 'Deployment').map((deployment) => deployment.get('spec', 'selector', 'matchLabels')).filter((selector) => podsSelectedBy(cluster, selector).length > 1),
  'selectors-select': (cluster) =>
    [
      ...ofKind(cluster, 'Service').map((service) => service.get('spec', 'selector')),
      ...ofKind(cluster, 'PodDisruptionBudget').map((budget) => budget.get('spec', 'selector', 'matchLabels')),
      ...ofKind(cluster, 'NetworkPolicy').map((policy) => policy.get('spec', 'podSelector', 'matchLabels')).filter(({ isGiven }) => isGiven),
    ].filter((selector) => podsSelectedBy(cluster, selector).length === 0),
  'service-ports': unreachedPorts,
  'port-names': (cluster) => containersOf(cluster).flatMap((container) => ['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) => container.get(probe, 'httpGet', 'port')).filter(({ value }) => typeof value === 'string' && !container.get('ports').items.some((port) => port.get('name').value === value))),
  'given-once': (cluster) => [
    ...containersOf(cluster).flatMap((container) => container.get('env').items.filter((variable, at, all) => all.findIndex((other) => other.get('name').value === variable.get('name').value) !== at)),
    ...containersOf(cluster).filter((container) => environmentOf(container, cluster).size === 0),
  ],
};
