/** One change that breaks a rule, and where the rule must say so. */
export interface Seed {
  readonly overlay: 'single' | 'ha';
  /** `Deployment/quantonium-api`; of a generated map without the digest behind its name. */
  readonly manifest: string;
  /** Names and indices; `~1` is a slash within a name. */
  readonly path: string;
  /** Undefined: what is there is taken away. */
  readonly value: unknown;
  /** As `path`, from the manifest that is told; where it was changed unless given. */
  readonly told: string;
}

const API = 'Deployment/quantonium-api';
const WORKER = 'Deployment/quantonium-worker';
const JOB = 'Job/quantonium-migration';
const SETTINGS = 'ConfigMap/quantonium';
const POD = 'spec/template/spec';
const MAIN = `${POD}/containers/0`;
const SECURITY = `${MAIN}/securityContext`;

const ha = (manifest: string, path: string, value: unknown, told = `${manifest}/${path}`): Seed => ({ overlay: 'ha', manifest, path, value, told });
const single = (manifest: string, path: string, value: unknown, told = `${manifest}/${path}`): Seed => ({ ...ha(manifest, path, value, told), overlay: 'single' });
const sidecar = { name: 'sidecar', image: `registry.example/sidecar@sha256:${'1'.repeat(64)}` };
const outside = (cidr: string): object => ({ ipBlock: { cidr } });
const setting = (name: string, value: unknown): Seed => ha(SETTINGS, `data/${name}`, value);

/** For each rule at least one manifest that it must find. Volumes of the api in `ha`: data, secrets, root-key, tls, anchors. */
export const SEEDS: Readonly<Record<string, readonly Seed[]>> = {
  'unknown-key': [ha(API, `${MAIN}/securityContexts`, {}), ha(API, 'spec/replica', 3), ha('Service/quantonium-api', 'spec/ports/0/targetport', 1), ha(API, 'kind', 'DaemonSet', 'DaemonSet/quantonium-api/kind')],
  'missing-key': [ha(API, 'spec/selector', undefined), ha(API, `${MAIN}/image`, undefined), ha('HorizontalPodAutoscaler/quantonium-api', 'spec/maxReplicas', undefined)],
  'wrong-type': [ha(API, `${POD}/terminationGracePeriodSeconds`, '40'), ha(API, `${MAIN}/ports/0`, 3000), ha(API, 'apiVersion', 'extensions/v1beta1'), ha(API, `${MAIN}/resources/limits/memory`, '2 GB'), ha(API, `${MAIN}/imagePullPolicy`, 'always'), ha(API, `${MAIN}/args`, '/app/dist/src/main.js')],

  'pss/host-process': [ha(API, `${SECURITY}/windowsOptions`, { hostProcess: true }, `${API}/${SECURITY}/windowsOptions/hostProcess`)],
  'pss/host-namespaces': [ha(API, `${POD}/hostNetwork`, true), ha(WORKER, `${POD}/hostPID`, true), ha(JOB, `${POD}/hostIPC`, true)],
  'pss/privileged': [ha(API, `${SECURITY}/privileged`, true)],
  'pss/host-ports': [ha(API, `${MAIN}/ports/0/hostPort`, 443)],
  'pss/host-probes': [ha(API, `${MAIN}/livenessProbe/httpGet/host`, '169.254.169.254'), ha(API, `${MAIN}/lifecycle`, { preStop: { tcpSocket: { host: 'db', port: 1 } } }, `${API}/${MAIN}/lifecycle/preStop/tcpSocket/host`)],
  'pss/apparmor': [
    ha(API, `${SECURITY}/appArmorProfile`, { type: 'Unconfined' }, `${API}/${SECURITY}/appArmorProfile/type`),
    ha(API, 'spec/template/metadata/annotations', { 'container.apparmor.security.beta.kubernetes.io/quantonium': 'unconfined' }, `${API}/spec/template/metadata/annotations/container.apparmor.security.beta.kubernetes.io~1quantonium`),
  ],
  'pss/selinux': [ha(API, `${POD}/securityContext/seLinuxOptions`, { type: 'spc_t' }, `${API}/${POD}/securityContext/seLinuxOptions/type`), ha(API, `${SECURITY}/seLinuxOptions`, { user: 'system_u' }, `${API}/${SECURITY}/seLinuxOptions/user`), ha(API, `${SECURITY}/seLinuxOptions`, { role: 'r' }, `${API}/${SECURITY}/seLinuxOptions/role`)],
  'pss/proc-mount': [ha(API, `${SECURITY}/procMount`, 'Unmasked')],
  'pss/sysctls': [ha(API, `${POD}/securityContext/sysctls`, [{ name: 'kernel.core_pattern', value: 'x' }], `${API}/${POD}/securityContext/sysctls/0/name`)],
  'pss/volume-types': [ha(API, `${POD}/volumes/0/hostPath`, { path: '/' }), ha(WORKER, `${POD}/volumes/0/nfs`, { server: 'a', path: '/' })],
  'pss/privilege-escalation': [ha(API, `${SECURITY}/allowPrivilegeEscalation`, true), ha(JOB, `${SECURITY}/allowPrivilegeEscalation`, undefined)],
  'pss/run-as-non-root': [ha(API, `${POD}/securityContext/runAsNonRoot`, undefined, `${API}/${SECURITY}/runAsNonRoot`), ha(API, `${POD}/securityContext/runAsNonRoot`, false), ha(API, `${SECURITY}/runAsNonRoot`, false)],
  'pss/run-as-user': [ha(API, `${POD}/securityContext/runAsUser`, 0), ha(API, `${SECURITY}/runAsUser`, 0), ha(API, `${POD}/initContainers`, [{ ...sidecar, securityContext: { runAsUser: 0 } }], `${API}/${POD}/initContainers/0/securityContext/runAsUser`)],
  'pss/seccomp': [ha(API, `${POD}/securityContext/seccompProfile`, undefined, `${API}/${SECURITY}/seccompProfile/type`), ha(API, `${POD}/securityContext/seccompProfile/type`, 'Unconfined'), ha(API, `${SECURITY}/seccompProfile`, { type: 'Unconfined' }, `${API}/${SECURITY}/seccompProfile/type`)],
  'pss/capabilities': [ha(API, `${SECURITY}/capabilities`, undefined, `${API}/${SECURITY}/capabilities/drop`), ha(API, `${SECURITY}/capabilities/add`, ['NET_BIND_SERVICE', 'SYS_PTRACE'], `${API}/${SECURITY}/capabilities/add/1`)],

  'image-by-digest': [ha(API, `${MAIN}/image`, 'registry.example/quantonium:1.0'), ha(API, `${MAIN}/image`, 'registry.example/quantonium@sha256:12')],
  'read-only-root': [ha(API, `${SECURITY}/readOnlyRootFilesystem`, undefined)],
  'service-account-token': [ha(API, `${POD}/automountServiceAccountToken`, undefined), ha('ServiceAccount/quantonium', 'automountServiceAccountToken', true)],
  'service-links': [ha(API, `${POD}/enableServiceLinks`, undefined)],
  requests: [ha(API, `${MAIN}/resources/requests/cpu`, undefined), ha(API, `${MAIN}/resources/requests/memory`, '0')],
  limits: [ha(API, `${MAIN}/resources/limits/memory`, undefined), ha(API, `${MAIN}/resources/limits/memory`, '512Mi')],
  'empty-dir-size': [ha(API, `${POD}/volumes/0/emptyDir`, {}, `${API}/${POD}/volumes/0/emptyDir/sizeLimit`), ha(API, `${POD}/volumes/0/emptyDir/sizeLimit`, '30Gi')],
  entrypoint: [ha(API, `${MAIN}/command`, ['/usr/bin/node', '/app/dist/src/main.js'])],
  program: [ha(JOB, `${MAIN}/args/0`, '/app/dist/src/app/commands/migrates.js')],
  'mount-has-volume': [ha(API, `${MAIN}/volumeMounts/0/name`, 'secret')],
  'volume-is-mounted': [ha(API, `${POD}/volumes/5`, { name: 'spare', emptyDir: { sizeLimit: '1Gi' } })],
  'mount-is-granted': [ha(API, `${MAIN}/volumeMounts/0/mountPath`, '/secrets'), ha(API, `${MAIN}/volumeMounts/3/mountPath`, '/run/secrets/data')],
  'secrets-are-read-only': [ha(API, `${MAIN}/volumeMounts/1/readOnly`, undefined)],
  'secrets-are-renewed': [ha(API, `${MAIN}/volumeMounts/1/subPath`, 'root.key')],
  'secret-modes': [ha(API, `${POD}/volumes/2/secret/defaultMode`, 0o444), ha(API, `${POD}/volumes/1/projected/defaultMode`, undefined), ha(API, `${POD}/volumes/2/secret/items`, [{ key: 'root.key', path: 'root.key', mode: 0o460 }], `${API}/${POD}/volumes/2/secret/items/0/mode`)],
  'secret-group': [ha(API, `${POD}/securityContext/fsGroup`, undefined), ha(API, `${POD}/securityContext/fsGroup`, 0)],
  'one-server-in-a-pod': [ha(API, `${POD}/containers/1`, sidecar, `${API}/${POD}/containers`)],

  'environment-names': [setting('PUBLIC_ULR', 'https://quantonium.example'), setting('NODE_OPTIONS', '--max-old-space-size=4096'), ha(API, `${MAIN}/env/0/name`, 'QUANTONIUM_ROLE', `${API}/${MAIN}/env/0/value`)],
  'environment-values': [setting('MANAGEMENT_PORT', '94640'), setting('RATE_LIMIT_STORE', 'memcached'), setting('SHUTDOWN_GRACE_MILLIS', '25s')],
  production: [setting('NODE_ENV', 'development'), setting('HARDENING_EXEMPTIONS', 'no-core-dumps'), setting('CLEAR_CONNECTIONS', 'postgres')],
  'public-url': [setting('PUBLIC_URL', 'http://quantonium.example'), ha(SETTINGS, 'data/PUBLIC_URL', undefined, `${API}/${MAIN}/env`)],
  'secrets-as-files': [
    setting('SMTP_URL', 'smtps://mail.example'),
    ha(API, `${MAIN}/env/4`, { name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'quantonium-api', key: 'DATABASE_URL' } } }, `${API}/${MAIN}/env/4/valueFrom`),
    ha(API, `${MAIN}/envFrom/2`, { secretRef: { name: 'quantonium-api' } }, `${API}/${MAIN}/envFrom/2/secretRef`),
  ],
  'no-secret-in-a-map': [setting('ALERT_SYSLOG_URL', 'tls://who:password@syslog.example:6514')],
  'named-files-are-there': [ha(API, `${MAIN}/env/2/value`, '/run/secrets/tls/tls.pem'), ha(API, `${MAIN}/env/1/value`, '/run/secrets/..data/root.key'), setting('NODE_EXTRA_CA_CERTS', '/etc/ssl/ca.crt')],
  'root-key-is-no-link': [ha(API, `${MAIN}/env/1/value`, '/run/secrets/root-key/root.key')],
  'one-place-each': [setting('S3_ACCESS_KEY_ID', 'id'), ha(API, `${MAIN}/env/4`, { name: 'DATABASE_URL_FILE', value: '/run/secrets/quantonium/DATABASE_URL' }, `${API}/${MAIN}/env/4/value`)],
  'secret-names': [ha(WORKER, `${POD}/volumes/0/projected/sources/2`, { secret: { name: 'quantonium-tls' } }, `${WORKER}/${POD}/volumes/tls.crt`), ha(SETTINGS, 'data/NODE_EXTRA_CA_CERTS', '/run/secrets/quantonium/ca.pem', `${WORKER}/${POD}/volumes/ca.crt`)],
  roles: [ha(WORKER, `${MAIN}/env/0/value`, '', `${WORKER}/${MAIN}/env/QUANTONIUM_ROLES`)],
  'simulations-fit-the-workers': [ha(SETTINGS, 'data/SIMULATION_MEMORY_BYTES_MAX', undefined, `${API}/${MAIN}/env/SIMULATION_MEMORY_BYTES_MAX`)],
  'a-login-for-each-duty': [
    ha(API, `${POD}/volumes/1/projected/sources/0/secret/name`, 'quantonium-worker', `${API}/${POD}/volumes/DATABASE_SEQUENCER_URL`),
    ha(WORKER, `${POD}/volumes/0/projected/sources/0/secret/name`, 'quantonium-migration', `${WORKER}/${POD}/volumes/DATABASE_MIGRATION_URL`),
    ha(SETTINGS, 'data/SECRETS_DIR', '/run/secrets/values', `${WORKER}/${POD}/volumes/DATABASE_WORKER_URL`),
  ],
  'who-only-works-has-no-key': [ha(WORKER, `${POD}/volumes/0/projected/sources/2`, { secret: { name: 'quantonium-root-key' } }, `${WORKER}/${POD}/volumes/run/secrets/quantonium/root.key`)],
  'the-owner-migrates': [ha(JOB, `${POD}/volumes/0/projected/sources/0/secret/name`, 'quantonium-api', `${JOB}/${POD}/volumes/DATABASE_MIGRATION_URL`)],
  tls: [ha(API, `${MAIN}/env/2`, { name: 'LOG_LEVEL', value: 'info' }, `${API}/${MAIN}/env/TLS_CERT_FILE`)],
  'state-is-kept': [ha(API, `${MAIN}/volumeMounts/4`, undefined, `${API}/${MAIN}/volumeMounts/AUDIT_ANCHOR_DIR`)],
  'anchors-outlive-pods': [ha(API, `${POD}/volumes/4`, { name: 'anchors', emptyDir: { sizeLimit: '1Gi' } })],
  probes: [ha(API, `${MAIN}/livenessProbe/httpGet/path`, '/health/ready'), ha(API, `${MAIN}/startupProbe`, undefined, `${API}/${MAIN}/startupProbe/httpGet/path`), ha(WORKER, `${MAIN}/readinessProbe/httpGet/path`, '/healthz')],
  'probe-ports': [ha(API, `${MAIN}/livenessProbe/httpGet/port`, 'https'), ha(API, `${MAIN}/livenessProbe/httpGet/port`, 9465)],
  'probe-patience': [ha(API, `${MAIN}/livenessProbe/timeoutSeconds`, undefined), ha(API, `${MAIN}/livenessProbe/failureThreshold`, 1), ha(API, `${MAIN}/startupProbe/failureThreshold`, 10)],
  'management-is-reached': [setting('MANAGEMENT_HOST', '127.0.0.1')],
  'ports-are-listened-on': [ha(API, `${MAIN}/ports/0/containerPort`, 8443), ha(WORKER, `${MAIN}/ports/1`, { name: 'https', containerPort: 3000 }, `${WORKER}/${MAIN}/ports/1/containerPort`)],
  'drain-begins-late': [setting('SHUTDOWN_DELAY_MILLIS', '1000'), ha(SETTINGS, 'data/SHUTDOWN_GRACE_MILLIS', '4000', `${SETTINGS}/data/SHUTDOWN_DELAY_MILLIS`)],
  'grace-exceeds-drain': [ha(API, `${POD}/terminationGracePeriodSeconds`, 30), ha(API, `${POD}/terminationGracePeriodSeconds`, undefined), ha(API, `${MAIN}/lifecycle`, { preStop: { sleep: { seconds: 10 } } }, `${API}/${POD}/terminationGracePeriodSeconds`)],
  'no-command-in-the-pod': [ha(API, `${MAIN}/lifecycle`, { preStop: { exec: { command: ['sleep', '5'] } } }, `${API}/${MAIN}/lifecycle/preStop/exec`), ha(API, `${MAIN}/livenessProbe`, { exec: { command: ['sh'] } }, `${API}/${MAIN}/livenessProbe/exec`)],
  'secrets-are-told-of': [ha(API, `${POD}/volumes/2/secret/secretName`, 'root-key'), ha(API, `${POD}/volumes/3/secret/items`, [{ key: 'cert.pem', path: 'tls.crt' }], `${API}/${POD}/volumes/3/secret/items/0/key`)],

  'one-of-each-name': [ha('Service/quantonium-management', 'metadata/name', 'quantonium-api', 'Service/quantonium-api')],
  namespace: [ha(API, 'metadata/namespace', 'default'), ha('Service/quantonium-api', 'metadata/namespace', undefined)],
  'namespace-is-restricted': [ha('Namespace/quantonium', 'metadata/labels/pod-security.kubernetes.io~1enforce', 'baseline'), ha('Namespace/quantonium', 'metadata/labels', {}, 'Namespace/quantonium/metadata/labels/pod-security.kubernetes.io~1enforce')],
  'config-maps': [ha(API, `${MAIN}/envFrom/1/configMapRef/name`, 'quantonium-object-store')],
  claims: [ha(API, `${POD}/volumes/4/persistentVolumeClaim/claimName`, 'anchors')],
  'service-accounts': [ha(API, `${POD}/serviceAccountName`, 'default'), ha(JOB, `${POD}/serviceAccountName`, undefined)],
  'everything-is-used': [single(API, `${POD}/volumes/3`, { name: 'data', emptyDir: { sizeLimit: '1Gi' } }, 'PersistentVolumeClaim/quantonium-data'), ha(API, `${MAIN}/envFrom/1`, undefined, 'ConfigMap/quantonium-object-store')],
  'selector-matches-template': [ha(API, 'spec/selector/matchLabels/app.kubernetes.io~1component', 'server', `${API}/spec/selector/matchLabels`)],
  'selectors-are-apart': [ha(API, 'spec/selector/matchLabels/app.kubernetes.io~1component', undefined, `${API}/spec/selector/matchLabels`)],
  'selectors-select': [ha('Service/quantonium-api', 'spec/selector/app.kubernetes.io~1component', 'server', 'Service/quantonium-api/spec/selector'), ha('PodDisruptionBudget/quantonium-api', 'spec/selector/matchLabels/app', 'x', 'PodDisruptionBudget/quantonium-api/spec/selector/matchLabels'), ha('NetworkPolicy/quantonium-clients', 'spec/podSelector/matchLabels', { app: 'x' })],
  'service-ports': [ha('Service/quantonium-api', 'spec/ports/0/targetPort', 'http'), ha('Service/quantonium-api', 'spec/ports/0/targetPort', 8443)],
  'port-names': [ha(API, `${MAIN}/readinessProbe/httpGet/port`, 'probes')],
  'given-once': [ha(API, `${MAIN}/env/4`, { name: 'QUANTONIUM_ROLES', value: 'api' })],

  'default-deny': [ha('NetworkPolicy/quantonium-default-deny', 'spec/policyTypes', ['Ingress'], 'Namespace/quantonium'), ha('NetworkPolicy/quantonium-default-deny', 'spec/egress', [{}], 'Namespace/quantonium')],
  'rules-name-peers': [ha('NetworkPolicy/quantonium-clients', 'spec/ingress/0/from', undefined), ha('NetworkPolicy/quantonium-clients', 'spec/ingress/0/from/0', { namespaceSelector: {} })],
  'rules-name-ports': [ha('NetworkPolicy/quantonium-database', 'spec/egress/0/ports', undefined), ha('NetworkPolicy/quantonium-database', 'spec/egress/0/ports/0/port', undefined)],
  'policy-types': [ha('NetworkPolicy/quantonium-database', 'spec/policyTypes', ['Ingress']), ha('NetworkPolicy/quantonium-clients', 'spec/policyTypes', undefined)],
  'no-machine-credentials': [ha('NetworkPolicy/quantonium-object-store', 'spec/egress/0/to/0/ipBlock/except', ['10.0.0.0/8'], 'NetworkPolicy/quantonium-object-store/spec/egress/0/to/0/ipBlock')],
  'nobody-from-everywhere': [ha('NetworkPolicy/quantonium-monitoring', 'spec/ingress/0/from/0', outside('0.0.0.0/0'), 'NetworkPolicy/quantonium-monitoring/spec/ingress/0/from/0/ipBlock/cidr')],
  'admitted-ports-are-there': [ha('NetworkPolicy/quantonium-clients', 'spec/ingress/0/ports/0/port', 443)],
  'names-are-resolved': [ha('NetworkPolicy/quantonium-database', 'spec/egress/1', undefined, API), ha('NetworkPolicy/quantonium-database', 'spec/egress/1/ports/0/protocol', 'TCP', JOB)],

  'replicas-are-said-once': [ha(API, 'spec/replicas', 3), single(API, 'spec/replicas', undefined)],
  'scaler-has-target': [ha('HorizontalPodAutoscaler/quantonium-api', 'spec/scaleTargetRef/name', 'quantonium')],
  'scaler-range': [ha('HorizontalPodAutoscaler/quantonium-api', 'spec/minReplicas', 1), ha('HorizontalPodAutoscaler/quantonium-api', 'spec/maxReplicas', 2, 'HorizontalPodAutoscaler/quantonium-api/spec/minReplicas')],
  connections: [ha('HorizontalPodAutoscaler/quantonium-api', 'spec/maxReplicas', 40), ha(SETTINGS, 'data/DATABASE_POOL_MAX', undefined, 'HorizontalPodAutoscaler/quantonium-worker/spec/maxReplicas'), single(API, 'spec/replicas', 5)],
  'scaler-is-calm': [ha('HorizontalPodAutoscaler/quantonium-api', 'spec/behavior', undefined, 'HorizontalPodAutoscaler/quantonium-api/spec/behavior/scaleDown/stabilizationWindowSeconds'), ha('HorizontalPodAutoscaler/quantonium-api', 'spec/behavior/scaleUp/stabilizationWindowSeconds', 0)],
  'budget-for-replicas': [ha('PodDisruptionBudget/quantonium-api', 'spec/selector/matchLabels', { app: 'x' }, API)],
  'budget-form': [ha('PodDisruptionBudget/quantonium-api', 'spec/minAvailable', 2), ha('PodDisruptionBudget/quantonium-api', 'spec/maxUnavailable', 0), ha('PodDisruptionBudget/quantonium-api', 'spec/unhealthyPodEvictionPolicy', undefined)],
  'budget-keeps-some': [ha('PodDisruptionBudget/quantonium-api', 'spec/maxUnavailable', 2)],
  'budget-is-of-one': [ha('PodDisruptionBudget/quantonium-api', 'spec/selector/matchLabels/app.kubernetes.io~1component', undefined, 'PodDisruptionBudget/quantonium-api/spec/selector/matchLabels')],
  'rollout-keeps-serving': [ha(API, 'spec/strategy/rollingUpdate/maxUnavailable', 1), ha(API, 'spec/strategy', { type: 'Recreate' }, `${API}/spec/strategy/rollingUpdate/maxUnavailable`)],
  'disk-of-one-node': [single(API, 'spec/strategy/type', 'RollingUpdate')],
  'disk-of-several': [ha('PersistentVolumeClaim/quantonium-anchors', 'spec/accessModes', ['ReadWriteOnce'])],
  spread: [ha(API, `${POD}/topologySpreadConstraints`, undefined), ha(API, `${POD}/topologySpreadConstraints/0/labelSelector/matchLabels`, { app: 'x' })],
  'job-ends': [ha(JOB, 'spec/ttlSecondsAfterFinished', undefined), ha(JOB, `${POD}/restartPolicy`, 'Always')],
};
