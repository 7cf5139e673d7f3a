/** One member of one secret of a KV engine, version 2: what a setting of the form `vault:MOUNT/PATH#FIELD` names. */
export interface SecretReference {
  /** Of the engine; may hold slashes. */
  readonly mount: string;
  /** Below it, without `data/`. */
  readonly path: string;
  readonly field: string;
}

export const REFERENCE_SCHEME = 'vault:';
/** How one is written, for whoever wrote it otherwise. */
export const REFERENCE_FORM = 'vault:MOUNT/PATH#FIELD, or vault:MOUNT//PATH#FIELD where the mount has slashes of its own';

/** A reference stands in a configuration, and a path in a request line: what is longer is no name that anybody gave. */
const LENGTH_MAX = 512;
/**
 * One segment of a mount or path. Nothing that a URL would have to encode: a path that two parsers read differently
 * names two secrets. Dots alone would climb.
 */
const SEGMENT = /^(?!\.{1,2}$)[A-Za-z0-9._~@-]{1,128}$/;
const FIELD = /^[A-Za-z0-9._-]{1,128}$/;

/** Whether a setting's text is meant to be a reference, well-formed or not. */
export function isReference(text: string): boolean {
  return text.startsWith(REFERENCE_SCHEME);
}

/** Null for what is none. The first segment is the mount, unless `//` says where the mount ends. */
export function parseReference(text: string): SecretReference | null {
  if (!isReference(text) || text.length > LENGTH_MAX) return null;
  const [place = '', field = '', ...more] = text.slice(REFERENCE_SCHEME.length).split('#');
  if (more.length > 0 || !FIELD.test(field)) return null;
  const parted = place.split('//');
  if (parted.length > 2) return null;
  const segments = place.split('/');
  const [mount, path] = parted.length === 2 ? [parted[0]!, parted[1]!] : [segments[0]!, segments.slice(1).join('/')];
  return isPath(mount) && isPath(path) ? { mount, path, field } : null;
}

/** Where it is read: the API of KV v2 puts `data` between mount and path. */
export function referencePath({ mount, path }: SecretReference): string {
  return `${mount}/data/${path}`;
}

function isPath(text: string): boolean {
  return text.split('/').every((segment) => SEGMENT.test(segment));
}
