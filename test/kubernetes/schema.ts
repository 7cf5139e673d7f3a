/**
 * The shapes of what we use of Kubernetes, from its API reference (v1.32): every key of it that a manifest here may have, and
 * no other. A key that the reference has and this has not is refused as well, until somebody has looked at what it does;
 * those by which a Pod Security Standard could be broken are here, so that its rule is what names them.
 *
 * A type: `text`, `integer`, `boolean`, `quantity`, `port` (a number or a name), `texts` (a map), the name of a shape, a shape
 * in brackets for a list of it, or words, of which it is one. `!` behind a key: it must be there.
 */
export type Shape = Readonly<Record<string, string>>;

const OBJECT = { 'apiVersion!': 'text', 'kind!': 'text', 'metadata!': 'metadata' };
const PROBE = { httpGet: 'httpGet', tcpSocket: 'tcpSocket', exec: 'exec', initialDelaySeconds: 'integer', periodSeconds: 'integer', timeoutSeconds: 'integer', failureThreshold: 'integer', successThreshold: 'integer' };
const PROFILE = { 'type!': 'RuntimeDefault|Localhost|Unconfined', localhostProfile: 'text' };
const ANYTHING_OF_PSS = { seccompProfile: 'profile', appArmorProfile: 'profile', seLinuxOptions: 'seLinux', windowsOptions: 'windows', runAsNonRoot: 'boolean', runAsUser: 'integer', runAsGroup: 'integer' };

/** By kind: the version that it is written in, and its shape. */
export const KINDS: Readonly<Record<string, { readonly apiVersion: string; readonly shape: Shape }>> = {
  Namespace: { apiVersion: 'v1', shape: OBJECT },
  ServiceAccount: { apiVersion: 'v1', shape: { ...OBJECT, automountServiceAccountToken: 'boolean' } },
  ConfigMap: { apiVersion: 'v1', shape: { ...OBJECT, data: 'texts', immutable: 'boolean' } },
  PersistentVolumeClaim: { apiVersion: 'v1', shape: { ...OBJECT, 'spec!': 'claim' } },
  Service: { apiVersion: 'v1', shape: { ...OBJECT, 'spec!': 'service' } },
  Deployment: { apiVersion: 'apps/v1', shape: { ...OBJECT, 'spec!': 'deployment' } },
  Job: { apiVersion: 'batch/v1', shape: { ...OBJECT, 'spec!': 'job' } },
  NetworkPolicy: { apiVersion: 'networking.k8s.io/v1', shape: { ...OBJECT, 'spec!': 'networkPolicy' } },
  PodDisruptionBudget: { apiVersion: 'policy/v1', shape: { ...OBJECT, 'spec!': 'budget' } },
  HorizontalPodAutoscaler: { apiVersion: 'autoscaling/v2', shape: { ...OBJECT, 'spec!': 'scaler' } },
};

export const SHAPES: Readonly<Record<string, Shape>> = {
  metadata: { 'name!': 'text', namespace: 'text', labels: 'texts', annotations: 'texts' },
  templateMetadata: { 'labels!': 'texts', annotations: 'texts' },
  selector: { 'matchLabels!': 'texts' },
  optionalSelector: { matchLabels: 'texts' },

  deployment: { replicas: 'integer', revisionHistoryLimit: 'integer', minReadySeconds: 'integer', progressDeadlineSeconds: 'integer', 'selector!': 'selector', strategy: 'strategy', 'template!': 'template' },
  strategy: { 'type!': 'Recreate|RollingUpdate', rollingUpdate: 'rollingUpdate' },
  rollingUpdate: { maxUnavailable: 'port', maxSurge: 'port' },
  job: { backoffLimit: 'integer', activeDeadlineSeconds: 'integer', ttlSecondsAfterFinished: 'integer', 'template!': 'template' },
  template: { 'metadata!': 'templateMetadata', 'spec!': 'pod' },
  pod: {
    'containers!': '[container]', initContainers: '[container]', ephemeralContainers: '[container]', volumes: '[volume]', restartPolicy: 'Always|OnFailure|Never',
    serviceAccountName: 'text', automountServiceAccountToken: 'boolean', enableServiceLinks: 'boolean', terminationGracePeriodSeconds: 'integer',
    securityContext: 'podSecurity', topologySpreadConstraints: '[spread]', hostNetwork: 'boolean', hostPID: 'boolean', hostIPC: 'boolean', priorityClassName: 'text', nodeSelector: 'texts',
  },
  podSecurity: { ...ANYTHING_OF_PSS, fsGroup: 'integer', fsGroupChangePolicy: 'OnRootMismatch|Always', supplementalGroups: '[integer]', sysctls: '[sysctl]' },
  containerSecurity: { ...ANYTHING_OF_PSS, allowPrivilegeEscalation: 'boolean', privileged: 'boolean', readOnlyRootFilesystem: 'boolean', procMount: 'text', capabilities: 'capabilities' },
  capabilities: { add: '[text]', drop: '[text]' },
  profile: PROFILE,
  seLinux: { type: 'text', user: 'text', role: 'text', level: 'text' },
  windows: { hostProcess: 'boolean' },
  sysctl: { 'name!': 'text', 'value!': 'text' },
  spread: { 'maxSkew!': 'integer', 'topologyKey!': 'text', 'whenUnsatisfiable!': 'DoNotSchedule|ScheduleAnyway', labelSelector: 'selector', matchLabelKeys: '[text]', minDomains: 'integer', nodeTaintsPolicy: 'Honor|Ignore' },

  container: {
    'name!': 'text', 'image!': 'text', imagePullPolicy: 'Always|IfNotPresent|Never', command: '[text]', args: '[text]', env: '[variable]', envFrom: '[variables]', ports: '[containerPort]',
    resources: 'resources', securityContext: 'containerSecurity', volumeMounts: '[mount]', startupProbe: 'probe', livenessProbe: 'probe', readinessProbe: 'probe', lifecycle: 'lifecycle',
  },
  variable: { 'name!': 'text', value: 'text', valueFrom: 'valueFrom' },
  valueFrom: { secretKeyRef: 'keyRef', configMapKeyRef: 'keyRef', fieldRef: 'fieldRef' },
  keyRef: { 'name!': 'text', 'key!': 'text' },
  fieldRef: { 'fieldPath!': 'text' },
  variables: { configMapRef: 'named', secretRef: 'named' },
  named: { 'name!': 'text' },
  containerPort: { name: 'text', 'containerPort!': 'integer', hostPort: 'integer', protocol: 'TCP|UDP' },
  resources: { requests: 'amounts', limits: 'amounts' },
  amounts: { cpu: 'quantity', memory: 'quantity', 'ephemeral-storage': 'quantity', storage: 'quantity' },
  mount: { 'name!': 'text', 'mountPath!': 'text', readOnly: 'boolean', subPath: 'text', subPathExpr: 'text' },
  probe: PROBE,
  httpGet: { 'path!': 'text', 'port!': 'port', scheme: 'HTTP|HTTPS', host: 'text' },
  tcpSocket: { 'port!': 'port', host: 'text' },
  exec: { 'command!': '[text]' },
  lifecycle: { preStop: 'hook', postStart: 'hook' },
  hook: { exec: 'exec', httpGet: 'httpGet', tcpSocket: 'tcpSocket', sleep: 'sleep' },
  sleep: { 'seconds!': 'integer' },

  volume: { 'name!': 'text', emptyDir: 'emptyDir', secret: 'secretVolume', configMap: 'configMapVolume', projected: 'projected', persistentVolumeClaim: 'claimVolume', hostPath: 'hostPath', nfs: 'nfs' },
  emptyDir: { sizeLimit: 'quantity', medium: 'Memory|' },
  secretVolume: { 'secretName!': 'text', defaultMode: 'integer', items: '[item]' },
  configMapVolume: { 'name!': 'text', defaultMode: 'integer', items: '[item]' },
  projected: { 'sources!': '[source]', defaultMode: 'integer' },
  source: { secret: 'projectedSecret', configMap: 'projectedSecret' },
  projectedSecret: { 'name!': 'text', items: '[item]' },
  item: { 'key!': 'text', 'path!': 'text', mode: 'integer' },
  claimVolume: { 'claimName!': 'text', readOnly: 'boolean' },
  hostPath: { 'path!': 'text', type: 'text' },
  nfs: { 'server!': 'text', 'path!': 'text' },
  claim: { 'accessModes!': '[text]', 'resources!': 'resources', storageClassName: 'text' },

  service: { type: 'ClusterIP|LoadBalancer|NodePort', clusterIP: 'text', publishNotReadyAddresses: 'boolean', sessionAffinity: 'ClientIP|None', 'selector!': 'texts', 'ports!': '[servicePort]' },
  servicePort: { name: 'text', protocol: 'TCP|UDP', 'port!': 'integer', 'targetPort!': 'port' },
  networkPolicy: { 'podSelector!': 'optionalSelector', policyTypes: '[direction]', ingress: '[ingress]', egress: '[egress]' },
  ingress: { from: '[peer]', ports: '[policyPort]' },
  egress: { to: '[peer]', ports: '[policyPort]' },
  peer: { namespaceSelector: 'optionalSelector', podSelector: 'optionalSelector', ipBlock: 'ipBlock' },
  ipBlock: { 'cidr!': 'text', except: '[text]' },
  policyPort: { protocol: 'TCP|UDP', port: 'port' },
  budget: { maxUnavailable: 'port', minAvailable: 'port', unhealthyPodEvictionPolicy: 'AlwaysAllow|IfHealthyBudget', 'selector!': 'selector' },
  scaler: { 'scaleTargetRef!': 'target', minReplicas: 'integer', 'maxReplicas!': 'integer', 'metrics!': '[metric]', behavior: 'behavior' },
  target: { 'apiVersion!': 'text', 'kind!': 'text', 'name!': 'text' },
  metric: { 'type!': 'Resource|', 'resource!': 'resourceMetric' },
  resourceMetric: { 'name!': 'cpu|memory', 'target!': 'metricTarget' },
  metricTarget: { 'type!': 'Utilization|', 'averageUtilization!': 'integer' },
  behavior: { scaleUp: 'scaling', scaleDown: 'scaling' },
  scaling: { stabilizationWindowSeconds: 'integer', 'policies!': '[scalingPolicy]' },
  scalingPolicy: { 'type!': 'Pods|Percent', 'value!': 'integer', 'periodSeconds!': 'integer' },
};

/** What has no words of its own and may be one of these. */
export const WORDS: Readonly<Record<string, string>> = { direction: 'Ingress|Egress' };
