import { VARIABLES } from '#platform/config/variables.js';
import { type Cluster, environmentOf, isServer, nameOf, ofKind, type Pod, podsSelectedBy } from './cluster.js';
import { type Place, selects } from './place.js';
import type { Rules } from './pod-security.js';

/** What happens when nodes go, versions change, and more or fewer are needed. */
const eachServer = (find: (pod: Pod, cluster: Cluster) => readonly Place[]) => (cluster: Cluster): readonly Place[] => cluster.pods.filter(isServer).flatMap((pod) => find(pod, cluster));
const scalersOf = (cluster: Cluster, pod: Pod): readonly Place[] => ofKind(cluster, 'HorizontalPodAutoscaler').filter((scaler) => scaler.get('spec', 'scaleTargetRef', 'name').text === nameOf(pod.owner));
const budgetsOf = (cluster: Cluster, pod: Pod): readonly Place[] => ofKind(cluster, 'PodDisruptionBudget').filter((budget) => selects(budget.get('spec', 'selector', 'matchLabels'), pod.labels));
const HOST = 'kubernetes.io/hostname';
const LONG_ENOUGH_SECONDS = 300;

/** The disks that it mounts. */
function claimsOf(cluster: Cluster, { spec }: Pod): readonly Place[] {
  const names = new Set(spec.get('volumes').items.map((volume) => volume.get('persistentVolumeClaim', 'claimName').text));
  return ofKind(cluster, 'PersistentVolumeClaim').filter((claim) => names.has(nameOf(claim)));
}
const isShared = (claim: Place): boolean => claim.get('spec', 'accessModes').texts.includes('ReadWriteMany');

/** Of a Postgres with `max_connections = 200`, less what superusers, backups and migrations need. */
const CONNECTIONS_MAX = 190;

function replicasMax(cluster: Cluster, pod: Pod): Place {
  const [scaler] = scalersOf(cluster, pod);
  return scaler === undefined ? pod.owner.get('spec', 'replicas') : scaler.get('spec', 'maxReplicas');
}

/** How many there are more while one version follows another. */
const surgeOf = ({ owner }: Pod): number => owner.get('spec', 'strategy', 'rollingUpdate', 'maxSurge').number || 0;

/** Each role's pool, with half as many that only read, and one for the pulse. */
function connectionsOf(cluster: Cluster, { containers: [container] }: Pod): number {
  const variables = environmentOf(container!, cluster);
  const pool = Number(variables.get('DATABASE_POOL_MAX')?.text ?? VARIABLES.DATABASE_POOL_MAX.byDefault);
  return (variables.get('QUANTONIUM_ROLES')?.text ?? '').split(',').length * Math.ceil(1.5 * pool) + 1;
}

export const AVAILABILITY: Rules = {
  'replicas-are-said-once': eachServer((pod, cluster) => {
    const replicas = pod.owner.get('spec', 'replicas');
    // A number beside an autoscaler is what each `kubectl apply` goes back to.
    return replicas.isGiven === (scalersOf(cluster, pod).length > 0) ? [replicas] : [];
  }),
  'scaler-has-target': (cluster) => ofKind(cluster, 'HorizontalPodAutoscaler').map((scaler) => scaler.get('spec', 'scaleTargetRef', 'name')).filter(({ text }) => !ofKind(cluster, 'Deployment').some((deployment) => nameOf(deployment) === text)),
  'scaler-range': (cluster) => ofKind(cluster, 'HorizontalPodAutoscaler').map((scaler) => scaler.get('spec')).filter((spec) => !(spec.get('minReplicas').number >= 2 && spec.get('maxReplicas').number > spec.get('minReplicas').number)).map((spec) => spec.get('minReplicas')),
  // As docs/operations.md counts them; where there are more than Postgres has, the next pod is one that never becomes ready.
  connections: (cluster) => {
    const servers = cluster.pods.filter(isServer);
    const sum = servers.reduce((total, pod) => total + (replicasMax(cluster, pod).number + surgeOf(pod)) * connectionsOf(cluster, pod), 0);
    return sum <= CONNECTIONS_MAX ? [] : servers.map((pod) => replicasMax(cluster, pod));
  },
  // Logins are bursts of Argon2: what follows each of them makes pods come and go all day.
  'scaler-is-calm': (cluster) =>
    ofKind(cluster, 'HorizontalPodAutoscaler').flatMap((scaler) => {
      const [up, down] = ['scaleUp', 'scaleDown'].map((name) => scaler.get('spec', 'behavior', name, 'stabilizationWindowSeconds')) as [Place, Place];
      return [...(up.number >= 30 ? [] : [up]), ...(down.number >= LONG_ENOUGH_SECONDS ? [] : [down])];
    }),
  'budget-for-replicas': eachServer((pod, cluster) => (pod.replicasMin >= 2 && budgetsOf(cluster, pod).length !== 1 ? [pod.owner] : [])),
  // As one that must stay it holds up a drain for ever as soon as there are no more than that.
  'budget-form': (cluster) =>
    ofKind(cluster, 'PodDisruptionBudget').flatMap((budget) => [
      ...(budget.get('spec', 'minAvailable').isGiven ? [budget.get('spec', 'minAvailable')] : []),
      ...(budget.get('spec', 'maxUnavailable').number >= 1 ? [] : [budget.get('spec', 'maxUnavailable')]),
      ...(budget.get('spec', 'unhealthyPodEvictionPolicy').value === 'AlwaysAllow' ? [] : [budget.get('spec', 'unhealthyPodEvictionPolicy')]),
    ]),
  'budget-keeps-some': (cluster) =>
    ofKind(cluster, 'PodDisruptionBudget').map((budget) => budget.get('spec')).filter((spec) => podsSelectedBy(cluster, spec.get('selector', 'matchLabels')).some(({ replicasMin }) => !(spec.get('maxUnavailable').number < replicasMin))).map((spec) => spec.get('maxUnavailable')),
  'budget-is-of-one': (cluster) => ofKind(cluster, 'PodDisruptionBudget').map((budget) => budget.get('spec', 'selector', 'matchLabels')).filter((selector) => podsSelectedBy(cluster, selector).length > 1),
  'rollout-keeps-serving': eachServer(({ owner, replicasMin }) => (replicasMin < 2 || owner.get('spec', 'strategy', 'rollingUpdate', 'maxUnavailable').value === 0 ? [] : [owner.get('spec', 'strategy', 'rollingUpdate', 'maxUnavailable')])),
  // The next pod would wait for the disk of the former one, which waits for the next to be ready.
  'disk-of-one-node': eachServer((pod, cluster) => (claimsOf(cluster, pod).every(isShared) || pod.owner.get('spec', 'strategy', 'type').value === 'Recreate' ? [] : [pod.owner.get('spec', 'strategy', 'type')])),
  'disk-of-several': eachServer((pod, cluster) => (pod.replicasMin < 2 ? [] : claimsOf(cluster, pod).filter((claim) => !isShared(claim)).map((claim) => claim.get('spec', 'accessModes')))),
  spread: eachServer(({ spec, labels, replicasMin }) => {
    const constraints = spec.get('topologySpreadConstraints');
    const isOfHosts = (constraint: Place): boolean => constraint.get('topologyKey').value === HOST && constraint.get('maxSkew').value === 1;
    return [...(replicasMin < 2 || constraints.items.some(isOfHosts) ? [] : [constraints]), ...constraints.items.map((constraint) => constraint.get('labelSelector', 'matchLabels')).filter((selector) => !selects(selector, labels))];
  }),
  'job-ends': (cluster) =>
    ofKind(cluster, 'Job').flatMap((job) => [
      ...['backoffLimit', 'activeDeadlineSeconds', 'ttlSecondsAfterFinished'].map((name) => job.get('spec', name)).filter(({ number }) => !(number >= 1)),
      ...[job.get('spec', 'template', 'spec', 'restartPolicy')].filter(({ text }) => text !== 'Never' && text !== 'OnFailure'),
    ]),
};
