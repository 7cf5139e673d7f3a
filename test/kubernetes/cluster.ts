import { isRecord, Place, selects } from './place.js';

/** What an overlay makes, as the rules look at it, with what of the product it is held against. */
export interface Cluster {
  readonly manifests: readonly Place[];
  readonly pods: readonly Pod[];
  /** The names and keys that operators are told to provide (secrets.example.yaml). */
  readonly secrets: ReadonlyMap<string, ReadonlySet<string>>;
  readonly image: ShippedImage;
  /** Those that the server answers without a credential. */
  readonly probePaths: ReadonlySet<string>;
  /** Whether the image has this file below /app. */
  readonly hasProgram: (path: string) => boolean;
}

/** What docker/Dockerfile says of the image. */
export interface ShippedImage {
  readonly entrypoint: readonly string[];
  /** What it runs where the container names nothing else. */
  readonly program: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** A template of pods, and who makes them. */
export interface Pod {
  readonly owner: Place;
  readonly kind: string;
  readonly labels: Place;
  readonly spec: Place;
  readonly containers: readonly Place[];
  /** How many there are at the least. */
  readonly replicasMin: number;
}

const PODS_OF: Readonly<Record<string, readonly string[]>> = { Deployment: ['spec', 'template'], Job: ['spec', 'template'], Pod: [] };
const CONTAINERS = ['containers', 'initContainers', 'ephemeralContainers'];

export const kindOf = (manifest: Place): string => manifest.get('kind').text;
export const nameOf = (manifest: Place): string => manifest.get('metadata', 'name').text;

export function ofKind({ manifests }: Pick<Cluster, 'manifests'>, kind: string): readonly Place[] {
  return manifests.filter((manifest) => kindOf(manifest) === kind);
}

/** @param documents the manifests of an overlay, as kustomize renders them. */
export function clusterOf(documents: readonly unknown[], product: Omit<Cluster, 'manifests' | 'pods'>): Cluster {
  const manifests = documents.map((document) => {
    const { kind, metadata } = isRecord(document) ? document : {};
    return new Place(`${String(kind)}/${String(isRecord(metadata) ? metadata['name'] : undefined)}`, document);
  });
  const pods = manifests.flatMap((owner) => {
    const within = PODS_OF[kindOf(owner)];
    return within === undefined ? [] : [podOf(owner, owner.get(...within), manifests)];
  });
  return { ...product, manifests, pods };
}

function podOf(owner: Place, template: Place, manifests: readonly Place[]): Pod {
  const spec = template.get('spec');
  const scaled = manifests.find((manifest) => kindOf(manifest) === 'HorizontalPodAutoscaler' && manifest.get('spec', 'scaleTargetRef', 'name').text === nameOf(owner) && manifest.get('spec', 'scaleTargetRef', 'kind').text === kindOf(owner));
  const given = owner.get('spec', 'replicas').isGiven ? owner.get('spec', 'replicas').number : 1;
  return {
    owner,
    kind: kindOf(owner),
    labels: template.get('metadata', 'labels'),
    spec,
    containers: CONTAINERS.flatMap((name) => spec.get(name).items),
    replicasMin: kindOf(owner) !== 'Deployment' ? 1 : (scaled?.get('spec', 'minReplicas').number ?? given),
  };
}

export const isServer = ({ kind }: Pod): boolean => kind !== 'Job';
export const podsSelectedBy = ({ pods }: Cluster, selector: Place): readonly Pod[] => pods.filter(({ labels }) => selects(selector, labels));

/** A variable of a container, and the place that gives it. */
export type Variables = ReadonlyMap<string, Place>;

/** As the kubelet puts it together: the image's, then maps in their order, then what stands in the container itself. */
export function environmentOf(container: Place, { manifests, image }: Cluster): Variables {
  const ofImage = Object.entries(image.environment).map(([name, value]) => [name, new Place(`docker/Dockerfile ENV ${name}`, value)] as const);
  const ofMaps = container.get('envFrom').items.flatMap((source) => {
    const map = manifests.find((manifest) => kindOf(manifest) === 'ConfigMap' && nameOf(manifest) === source.get('configMapRef', 'name').text);
    const data = map?.get('data');
    return data === undefined ? [] : data.names.map((name) => [name, data.get(name)] as const);
  });
  const own = container.get('env').items.map((variable) => [variable.get('name').text, variable.get('value')] as const);
  return new Map([...ofImage, ...ofMaps, ...own]);
}

export interface Mount {
  readonly place: Place;
  readonly path: string;
  readonly isReadOnly: boolean;
  readonly volume: Place;
}

export function mountsOf(container: Place, { spec }: Pod): readonly Mount[] {
  return container.get('volumeMounts').items.map((place) => ({
    place,
    path: place.get('mountPath').text,
    isReadOnly: place.get('readOnly').value === true,
    volume: spec.get('volumes').items.find((volume) => volume.get('name').text === place.get('name').text) ?? new Place(`${spec.path}/volumes`, undefined),
  }));
}

/** A secret that a volume shows: which, and which of its keys under which names. */
export interface ShownSecret {
  readonly place: Place;
  readonly name: string;
  /** Null: all that it has. */
  readonly items: readonly Place[] | null;
}

export function secretsIn(volume: Place): readonly ShownSecret[] {
  const shown = (place: Place, name: Place): ShownSecret => ({ place: name, name: name.text, items: place.get('items').isGiven ? place.get('items').items : null });
  const own = volume.get('secret');
  const projected = volume.get('projected', 'sources').items.map((source) => source.get('secret')).filter(({ isGiven }) => isGiven);
  return [...(own.isGiven ? [shown(own, own.get('secretName'))] : []), ...projected.map((secret) => shown(secret, secret.get('name')))];
}

/** The files that a volume has of its secrets, by the names in it; null for a secret that nobody told of. */
export function filesOf(volume: Place, secrets: Cluster['secrets']): ReadonlyMap<string, { readonly secret: string; readonly key: string }> {
  return new Map(
    secretsIn(volume).flatMap(({ name, items }) =>
      items === null ? [...(secrets.get(name) ?? [])].map((key) => [key, { secret: name, key }] as const) : items.map((item) => [item.get('path').text, { secret: name, key: item.get('key').text }] as const),
    ),
  );
}

export const isWithin = (path: string, directory: string): boolean => path === directory || path.startsWith(`${directory}/`);
