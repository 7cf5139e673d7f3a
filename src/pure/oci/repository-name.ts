/** OCI Distribution Specification 1.1, "Pulling manifests": components of lower-case letters, digits and separators. */
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
/** Clients limit host and name together to 255. */
const NAME_LENGTH_MAX = 255;

export function isRepositoryName(text: string): boolean {
  return text.length <= NAME_LENGTH_MAX && NAME.test(text);
}

/**
 * The project that a repository belongs to, by its name alone: the first component of several is the project's slug, and
 * a name of one component belongs to `default`. A name therefore means one repository for everybody and for ever: were
 * `red/app` to fall back to `default` when `red` cannot be seen, who lost access to `red` would push its next image
 * where others read it.
 */
export function projectReferenceOf(name: string): string {
  const slash = name.indexOf('/');
  return slash === -1 ? 'default' : name.slice(0, slash);
}
