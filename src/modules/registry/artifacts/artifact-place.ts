import { Fault } from '#pure/fault/fault.js';
import { isRepositoryName } from '#pure/oci/repository-name.js';
import { isTag } from '#pure/oci/tag.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';

/** Where an artifact is put, as a request of the API says it: no path was read that could have refused it. */
export interface ArtifactPlace {
  readonly repository: string;
  /** Null: by its digest alone. */
  readonly tag: string | null;
}

/** Faults: name-invalid, tag-invalid. */
export function requirePlace({ repository, tag }: ArtifactPlace): void {
  if (!isRepositoryName(repository)) throw Fault.at(REGISTRY_FAULTS['name-invalid'], '/repository', 'name', '`<project>/<name…>` of lower-case letters, digits and separators, without a host.');
  if (tag !== null && !isTag(tag)) throw Fault.at(REGISTRY_FAULTS['tag-invalid'], '/tag', 'tag', '1 to 128 letters, digits, dots, dashes and underscores, of which a dot or a dash is not the first.');
}
