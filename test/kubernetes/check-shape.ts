import { type Cluster, kindOf } from './cluster.js';
import { isRecord, Place } from './place.js';
import type { Rules } from './pod-security.js';
import { quantityOf } from './quantity.js';
import { KINDS, type Shape, SHAPES, WORDS } from './schema.js';

type Scalar = (place: Place) => boolean;

const SCALARS: Readonly<Record<string, Scalar>> = {
  text: ({ value }) => typeof value === 'string',
  integer: ({ value }) => Number.isInteger(value),
  boolean: ({ value }) => typeof value === 'boolean',
  quantity: (place) => !Number.isNaN(quantityOf(place)),
  port: ({ value }) => Number.isInteger(value) || (typeof value === 'string' && value !== ''),
  texts: ({ value }) => isRecord(value) && Object.values(value).every((text) => typeof text === 'string'),
};

/** What an object of one shape is found to be wrong in. */
interface Faults {
  readonly unknown: readonly Place[];
  readonly missing: readonly Place[];
  readonly mistyped: readonly Place[];
}

const NONE: Faults = { unknown: [], missing: [], mistyped: [] };
const both = (one: Faults, other: Faults): Faults => ({ unknown: [...one.unknown, ...other.unknown], missing: [...one.missing, ...other.missing], mistyped: [...one.mistyped, ...other.mistyped] });

function ofType(place: Place, type: string): Faults {
  const listed = /^\[(.*)\]$/.exec(type)?.[1];
  const mistyped = (isRight: boolean): Faults => (isRight ? NONE : { ...NONE, mistyped: [place] });
  if (listed !== undefined) return Array.isArray(place.value) ? place.items.map((item) => ofType(item, listed)).reduce(both, NONE) : mistyped(false);
  const shape = SHAPES[type];
  if (shape !== undefined) return ofShape(place, shape);
  const scalar = SCALARS[type];
  if (scalar !== undefined) return mistyped(scalar(place));
  return mistyped((WORDS[type] ?? type).split('|').includes(place.text) && place.text !== '');
}

function ofShape(place: Place, shape: Shape): Faults {
  if (!isRecord(place.value)) return { ...NONE, mistyped: [place] };
  const types = new Map(Object.entries(shape).map(([key, type]) => [key.replace(/!$/, ''), { type, isDemanded: key.endsWith('!') }]));
  const own: Faults = {
    unknown: place.names.filter((name) => !types.has(name)).map((name) => place.get(name)),
    missing: [...types].filter(([name, { isDemanded }]) => isDemanded && !place.get(name).isGiven).map(([name]) => place.get(name)),
    mistyped: [],
  };
  return place.names.filter((name) => types.has(name)).map((name) => ofType(place.get(name), types.get(name)!.type)).reduce(both, own);
}

function faultsOf({ manifests }: Cluster): Faults {
  return manifests
    .map((manifest): Faults => {
      const kind = Object.hasOwn(KINDS, kindOf(manifest)) ? KINDS[kindOf(manifest)]! : undefined;
      if (kind === undefined) return { ...NONE, unknown: [manifest.get('kind')] };
      const version = manifest.get('apiVersion');
      return both(ofShape(manifest, kind.shape), version.value === kind.apiVersion ? NONE : { ...NONE, mistyped: [version] });
    })
    .reduce(both, NONE);
}

export const SHAPE_RULES: Rules = {
  'unknown-key': (cluster) => faultsOf(cluster).unknown,
  'missing-key': (cluster) => faultsOf(cluster).missing,
  'wrong-type': (cluster) => faultsOf(cluster).mistyped,
};
