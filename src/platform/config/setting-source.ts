import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { isReference, parseReference, REFERENCE_FORM, type SecretReference } from '#pure/secret-reference/secret-reference.js';
import type { Environment } from './environment.js';
import { Refused, readValueFile } from './value-source.js';
import { VARIABLES, type Variable, type VariableName } from './variables.js';

/** Where the text of one setting comes from. */
export type SettingSource =
  | { readonly kind: 'environment'; readonly text: string }
  /** NAME_FILE. */
  | { readonly kind: 'file'; readonly file: string; readonly isPrivate: boolean }
  /** Of a systemd unit: LoadCredential=NAME:… */
  | { readonly kind: 'credential'; readonly file: string; readonly isPrivate: boolean }
  /** Below SECRETS_DIR. */
  | { readonly kind: 'directory'; readonly directory: string; readonly name: string; readonly isPrivate: boolean }
  | { readonly kind: 'vault'; readonly reference: SecretReference };

export type SourceKind = SettingSource['kind'];
/** What this process can read by itself, from one moment to the next and without waiting for anybody. */
export type LocalSource = Exclude<SettingSource, { kind: 'vault' }>;

/** How a second source of a setting is named to whoever gave both: by the place, never by what is there. */
const DIRECTORY_VARIABLES = { credential: 'CREDENTIALS_DIRECTORY', directory: 'SECRETS_DIR' } as const;

/**
 * The one source of a setting; null where none names it. Two are refused even where they agree: of two places that say
 * the same today, one is forgotten when the secret is changed.
 */
export function sourceOf(name: VariableName, environment: Environment): SettingSource | null {
  const found = namesFor(name, environment);
  if (found.length > 1) throw new Refused(`is given twice: by ${found.map(([place]) => place).join(' and by ')}`);
  const [only] = found;
  return only === undefined ? null : only[1]();
}

/** Each place that names the setting, and the source that it is once it is the only one. */
function namesFor(name: VariableName, environment: Environment): readonly (readonly [place: string, source: () => SettingSource])[] {
  const { isPath, group, isSecret }: Variable<unknown> = VARIABLES[name];
  // Where secrets are those of nobody but who tries it out, they may lie as an editor leaves them.
  const isPrivate = isSecret === true && environment['NODE_ENV'] === 'production';
  // Set but empty is how compose files and manifests write "not set".
  const direct = environment[name] || undefined;
  const places: [string, () => SettingSource][] = direct === undefined ? [] : [[name, () => directSource(direct, { isPath: isPath === true, isOfVault: group === 'Secrets' })]];
  if (isPath === true) return places;
  const file = environment[`${name}_FILE`] || undefined;
  if (file !== undefined) places.push([`${name}_FILE`, () => fileSource(file, name, isPrivate)]);
  const { CREDENTIALS_DIRECTORY: credentials, SECRETS_DIR: secrets } = environment;
  if (credentials && existsSync(join(credentials, name))) places.push([`${name} in ${DIRECTORY_VARIABLES.credential}`, () => ({ kind: 'credential', file: join(credentials, name), isPrivate })]);
  if (secrets && existsSync(join(secrets, name))) places.push([`${name} in ${DIRECTORY_VARIABLES.directory}`, () => ({ kind: 'directory', directory: secrets, name, isPrivate })]);
  return places;
}

function directSource(text: string, { isPath, isOfVault }: { readonly isPath: boolean; readonly isOfVault: boolean }): SettingSource {
  if (!isReference(text)) return { kind: 'environment', text };
  if (isPath) throw new Refused('is a path, and cannot be a vault: reference');
  if (isOfVault) throw new Refused('says how the Vault server is reached, and cannot be a vault: reference');
  const reference = parseReference(text);
  if (reference === null) throw new Refused(`must be ${REFERENCE_FORM}`);
  return { kind: 'vault', reference };
}

function fileSource(file: string, name: string, isPrivate: boolean): SettingSource {
  if (isReference(file)) throw new Refused(`is a vault: reference in ${name}_FILE, which names a file: give it as ${name}`);
  return { kind: 'file', file, isPrivate };
}

/** A provider: the text that a source holds now. Throws `Refused`, whose phrase has nothing of the text in it. */
type Provider<S extends SettingSource> = (source: S, look: DirectoryLook) => string;

const PROVIDERS: { readonly [K in LocalSource['kind']]: Provider<Extract<LocalSource, { kind: K }>> } = {
  environment: ({ text }) => text,
  file: ({ file, isPrivate }) => readValueFile(file, isPrivate),
  credential: ({ file, isPrivate }) => readValueFile(file, isPrivate),
  directory: ({ directory, name, isPrivate }, look) => look.read(directory, name, isPrivate),
};

export function readLocal(source: LocalSource, look: DirectoryLook): string {
  return (PROVIDERS[source.kind] as Provider<LocalSource>)(source, look);
}

/**
 * Mounted directories as they are at one moment. Kubernetes keeps the files of a secret in a directory that `..data`
 * links to, and moves that link when the secret changes: what is read through one resolution of it is of one version,
 * where a login and its password through two may not be.
 */
export class DirectoryLook {
  readonly #real = new Map<string, string>();

  read(directory: string, name: string, isPrivate: boolean): string {
    try {
      return readValueFile(join(this.#resolved(directory), name), isPrivate);
    } catch (error) {
      // Moved on between the two, and the former directory removed: what is there now is of one version again.
      if (!(error instanceof Refused) || !this.#real.delete(directory)) throw error;
      return readValueFile(join(this.#resolved(directory), name), isPrivate);
    }
  }

  #resolved(directory: string): string {
    const known = this.#real.get(directory);
    if (known !== undefined) return known;
    const data = join(directory, '..data');
    const real = existsSync(data) ? realpathSync(data) : directory;
    this.#real.set(directory, real);
    return real;
  }
}
