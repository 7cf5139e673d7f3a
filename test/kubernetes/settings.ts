import { VARIABLES, type Variable, type VariableName } from '#platform/config/variables.js';
import { admitEnvironment } from '../../src/boot/admit-environment.js';
import { type Cluster, environmentOf, filesOf, isServer, isWithin, type Mount, mountsOf, ofKind, type Pod, secretsIn, type Variables } from './cluster.js';
import { isRecord, Place } from './place.js';
import type { Rules } from './pod-security.js';

/** What the product is told, held against its own configuration. */
interface Setup {
  readonly container: Place;
  readonly pod: Pod;
  readonly variables: Variables;
  readonly mounts: readonly Mount[];
  /** Path to the secret and its key. */
  readonly files: ReadonlyMap<string, { readonly secret: string; readonly key: string }>;
  readonly roles: ReadonlySet<string>;
}

/** From the eviction of a pod to the last proxy that has heard of it; and what is left after a drain for the engine to end. */
const PROPAGATION_MILLIS = 5_000;
const MARGIN_MILLIS = 10_000;
const GRACE_SECONDS_BY_DEFAULT = 30;

const PROBES = { startupProbe: '/health/startup', livenessProbe: '/health/live', readinessProbe: '/health/ready' } as const;
/** Each duty's login, and whoever has none of these duties has none of the logins. */
const LOGIN_OF = { api: 'DATABASE_URL', ledger: 'DATABASE_SEQUENCER_URL', worker: 'DATABASE_WORKER_URL' } as const;
const OWNER_LOGIN = 'DATABASE_MIGRATION_URL';
/** What a process keeps from one start to the next. */
const STATE = ['QUANTONIUM_DATA_DIR', 'AUDIT_ANCHOR_DIR'] as const;

const variableOf = (name: string): Variable<unknown> | undefined => (name in VARIABLES ? VARIABLES[name as VariableName] : undefined);
/** The file of a volume without the kubelet's link to its version. */
const mounted = (path: string): string => path.replace('/..data/', '/');
const missing = (place: Place, ...names: readonly string[]): Place => place.get(...names);

function setupsOf(cluster: Cluster): readonly Setup[] {
  return cluster.pods.flatMap((pod) =>
    pod.containers.map((container) => {
      const variables = environmentOf(container, cluster);
      const mounts = mountsOf(container, pod);
      const files = new Map(mounts.flatMap(({ path, volume }) => [...filesOf(volume, cluster.secrets)].map(([name, origin]) => [`${path}/${name}`, origin] as const)));
      return { container, pod, variables, mounts, files, roles: new Set((variables.get('QUANTONIUM_ROLES')?.text ?? '').split(',').filter((role) => role !== '')) };
    }),
  );
}

const each = (find: (setup: Setup, cluster: Cluster) => readonly Place[]) => (cluster: Cluster): readonly Place[] => setupsOf(cluster).flatMap((setup) => find(setup, cluster));
const eachServer = (find: (setup: Setup, cluster: Cluster) => readonly Place[]): ((cluster: Cluster) => readonly Place[]) => each((setup, cluster) => (isServer(setup.pod) ? find(setup, cluster) : []));
const millis = (variables: Variables, name: string): number => Number(variables.get(name)?.text || NaN);

/** The settings that a process finds in SECRETS_DIR, by their names. */
function secretSettings({ variables, files }: Setup): ReadonlySet<string> {
  const directory = variables.get('SECRETS_DIR')?.text ?? '';
  return new Set([...files.keys()].filter((path) => directory !== '' && isWithin(path, directory)).map((path) => path.slice(directory.length + 1)));
}

/** The number of a port that is given by its number or its name. */
function portOf(container: Place, { value }: Place): number | undefined {
  return typeof value === 'number' ? value : container.get('ports').items.find((port) => port.get('name').value === value)?.get('containerPort').number;
}

export const SETTINGS: Rules = {
  'environment-names': each(({ variables }) => {
    const { forbidden, unknown } = admitEnvironment(Object.fromEntries([...variables].map(([name, { text }]) => [name, text])));
    return [...forbidden, ...unknown].map((name) => variables.get(name)!);
  }),
  'environment-values': each(({ variables }) => [...variables].filter(([name, { value }]) => typeof value !== 'string' || variableOf(name)?.kind.parse(value) === undefined && variableOf(name) !== undefined).map(([, place]) => place)),
  production: each(({ variables, container }) => [
    ...(variables.get('NODE_ENV')?.value === 'production' ? [] : [variables.get('NODE_ENV') ?? missing(container, 'env')]),
    ...['HARDENING_EXEMPTIONS', 'CLEAR_CONNECTIONS', 'QUANTONIUM_CRASH_AT', 'ADMIN_MFA'].flatMap((name) => variables.get(name) ?? []),
  ]),
  'public-url': each(({ variables, container }) => (variables.get('PUBLIC_URL')?.text.startsWith('https://') === true ? [] : [variables.get('PUBLIC_URL') ?? missing(container, 'env')])),
  // The environment of a process is in /proc, in `kubectl describe` and in crash reports, and cannot be exchanged.
  'secrets-as-files': each(({ container, variables }) => [
    ...container.get('env').items.map((variable) => variable.get('valueFrom')).filter(({ isGiven }) => isGiven),
    ...container.get('envFrom').items.map((source) => source.get('secretRef')).filter(({ isGiven }) => isGiven),
    ...[...variables].filter(([name]) => variableOf(name)?.isSecret === true).map(([, place]) => place),
  ]),
  'no-secret-in-a-map': (cluster) => ofKind(cluster, 'ConfigMap').flatMap((map) => map.get('data').members.filter(({ text }) => /-----BEGIN [A-Z ]*PRIVATE KEY|:\/\/[^/@\s]*:[^/@\s]+@/.test(text))),
  'named-files-are-there': each(({ container, variables, files }, cluster) => {
    const ofImage = environmentOf(new Place(container.path, {}), cluster);
    const isOurs = (name: string): boolean => variables.get(name)!.value !== ofImage.get(name)?.value;
    return [...variables].filter(([name, { text }]) => (name.endsWith('_FILE') || name === 'NODE_EXTRA_CA_CERTS') && isOurs(name) && !files.has(mounted(text))).map(([, place]) => place);
  }),
  // Opened without following a link at its end, so that nobody points it elsewhere (root-key-file.ts).
  'root-key-is-no-link': eachServer(({ variables, roles }) => (roles.has('api') || roles.has('ledger') ? [variables.get('ROOT_KEY_FILE')!].filter(({ text }) => !/\/\.\.data\/[^/]+$/.test(text)) : [])),
  // Of two places that say the same today, one is forgotten when it is changed: the server refuses both.
  'one-place-each': each((setup) => [...secretSettings(setup)].flatMap((name) => [name, `${name}_FILE`]).flatMap((name) => setup.variables.get(name) ?? [])),
  // A setting under another name is one that was not given; other files there are for somebody who names them.
  'secret-names': each((setup) => {
    const named = new Set([...setup.variables.values()].map(({ text }) => mounted(text)));
    const directory = setup.variables.get('SECRETS_DIR')?.text ?? '';
    return [...secretSettings(setup)].filter((name) => !(name in VARIABLES) && !named.has(`${directory}/${name}`)).map((name) => missing(setup.pod.spec, 'volumes', name));
  }),
  roles: each(({ roles, container }) => (roles.size > 0 ? [] : [missing(container, 'env', 'QUANTONIUM_ROLES')])),
  'a-login-for-each-duty': eachServer((setup) => {
    const settings = secretSettings(setup);
    const wanted = Object.entries(LOGIN_OF).filter(([role]) => setup.roles.has(role)).map(([, login]) => login);
    return [...wanted.filter((login) => !settings.has(login)), ...(settings.has(OWNER_LOGIN) ? [OWNER_LOGIN] : [])].map((login) => missing(setup.pod.spec, 'volumes', login));
  }),
  'who-only-works-has-no-key': eachServer(({ roles, pod, files, variables }) => (roles.size === 1 && roles.has('worker') ? [...files].filter(([path]) => path === mounted(variables.get('ROOT_KEY_FILE')?.text ?? '') || /\.key$/.test(path)).map(([path]) => missing(pod.spec, 'volumes', path.slice(1))) : [])),
  'the-owner-migrates': each((setup) => (isServer(setup.pod) || secretSettings(setup).has(OWNER_LOGIN) ? [] : [missing(setup.pod.spec, 'volumes', OWNER_LOGIN)])),
  // What is submitted is held against the setting of the process that takes it; without one, half of that process's own memory.
  'simulations-fit-the-workers': eachServer(({ roles, variables, container }) => (roles.has('api') && !roles.has('worker') && !variables.has('SIMULATION_MEMORY_BYTES_MAX') ? [missing(container, 'env', 'SIMULATION_MEMORY_BYTES_MAX')] : [])),
  tls: eachServer(({ roles, variables, container }) => (!roles.has('api') || variables.has('TLS_CERT_FILE') && variables.has('TLS_KEY_FILE') || variables.has('TRUSTED_PROXIES') ? [] : [missing(container, 'env', 'TLS_CERT_FILE')])),
  'state-is-kept': eachServer(({ roles, variables, mounts, container }) =>
    roles.has('api') || roles.has('ledger') ? STATE.filter((name) => !mounts.some(({ path, isReadOnly }) => !isReadOnly && isWithin(variables.get(name)?.text ?? '/', path))).map((name) => missing(container, 'volumeMounts', name)) : [],
  ),
  // Anchors that go with the pod tell nobody of a database that was rolled back.
  'anchors-outlive-pods': eachServer(({ variables, mounts }) => mounts.filter(({ path, volume }) => path === variables.get('AUDIT_ANCHOR_DIR')?.text && !volume.get('persistentVolumeClaim').isGiven).map(({ volume }) => volume)),
  probes: eachServer(({ container }, { probePaths }) =>
    Object.entries(PROBES).flatMap(([name, wanted]) => {
      const path = container.get(name, 'httpGet', 'path');
      return path.text === wanted && probePaths.has(wanted) ? [] : [path];
    }),
  ),
  'probe-ports': eachServer(({ container, variables }) => Object.keys(PROBES).map((name) => container.get(name, 'httpGet', 'port')).filter((port) => portOf(container, port) !== millis(variables, 'MANAGEMENT_PORT'))),
  // One second, the default, is a pause for garbage or a busy node; as many failures as make sure, and a start has its time.
  'probe-patience': eachServer(({ container }) => [
    ...Object.keys(PROBES).map((name) => container.get(name, 'timeoutSeconds')).filter(({ number }) => !(number >= 2)),
    ...[container.get('livenessProbe', 'failureThreshold')].filter(({ number }) => !(number >= 3)),
    ...[container.get('startupProbe', 'failureThreshold')].filter(({ number }) => !(number * container.get('startupProbe', 'periodSeconds').number >= 60)),
  ]),
  'management-is-reached': eachServer(({ variables, container }) => (variables.get('MANAGEMENT_HOST')?.text === '0.0.0.0' ? [] : [variables.get('MANAGEMENT_HOST') ?? missing(container, 'env', 'MANAGEMENT_HOST')])),
  'ports-are-listened-on': eachServer(({ container, variables, roles }) => {
    const listened = [...(roles.has('api') ? [millis(variables, 'PORT') || Number(VARIABLES.PORT.byDefault)] : []), millis(variables, 'MANAGEMENT_PORT')];
    return container.get('ports').items.map((port) => port.get('containerPort')).filter(({ number }) => !listened.includes(number));
  }),
  // SIGTERM comes as soon as the pod is taken out of the Service, and the proxies hear of it later.
  'drain-begins-late': eachServer(({ variables, container }) => {
    const delay = millis(variables, 'SHUTDOWN_DELAY_MILLIS');
    return delay >= PROPAGATION_MILLIS && delay < millis(variables, 'SHUTDOWN_GRACE_MILLIS') ? [] : [variables.get('SHUTDOWN_DELAY_MILLIS') ?? missing(container, 'env', 'SHUTDOWN_DELAY_MILLIS')];
  }),
  'grace-exceeds-drain': eachServer(({ variables, container, pod }) => {
    const grace = pod.spec.get('terminationGracePeriodSeconds');
    const slept = container.get('lifecycle', 'preStop', 'sleep', 'seconds');
    const drain = millis(variables, 'SHUTDOWN_GRACE_MILLIS') + (slept.isGiven ? slept.number * 1000 : 0);
    return (grace.isGiven ? grace.number : GRACE_SECONDS_BY_DEFAULT) * 1000 >= drain + MARGIN_MILLIS ? [] : [grace];
  }),
  // There is no shell in the image, and what is missing there fails each time a pod ends.
  'no-command-in-the-pod': eachServer(({ container }) => [...Object.keys(PROBES).map((name) => container.get(name, 'exec')), container.get('lifecycle', 'preStop', 'exec'), container.get('lifecycle', 'postStart', 'exec')].filter(({ isGiven }) => isGiven)),
  'secrets-are-told-of': ({ pods, secrets }) =>
    pods.flatMap(({ spec }) =>
      spec.get('volumes').items.flatMap((volume) =>
        secretsIn(volume).flatMap(({ place, name, items }) => (!secrets.has(name) ? [place] : (items ?? []).map((item) => item.get('key')).filter(({ text }) => !secrets.get(name)!.has(text)))),
      ),
    ),
};

/** The names and keys of secrets.example.yaml. */
export function secretsOf(documents: readonly unknown[]): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    documents.map((document) => {
      const place = new Place('Secret', isRecord(document) ? document : {});
      return [place.get('metadata', 'name').text, new Set([...place.get('stringData').names, ...place.get('data').names])] as const;
    }),
  );
}
