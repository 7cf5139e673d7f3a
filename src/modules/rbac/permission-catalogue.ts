import type { Permission, Resource } from '#pure/capability/permission.js';

/**
 * All permissions that there are. Collected by the roof from every module, since this engine may not know the modules
 * to its right; given back to it as this port.
 */
export abstract class PermissionCatalogue {
  /** Sorted by name; the same at every call. */
  abstract all(): readonly Permission[];

  /** What they are about, each once, in the same order. */
  resources(): readonly Resource[] {
    return [...new Map(this.all().map(({ resource }) => [resource.name, resource])).values()];
  }
}
