import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import type { KeyHandle } from '../domain/key-type.js';
import type { TransitKey, WrappedTransitVersion } from '../domain/transit-key.js';

/** What a project's key does for the keys of the project (hierarchy/project-keys.ts). */
export interface ProjectWrapping {
  wrap(secret: Buffer, associatedData: string): Buffer;
  unwrap(wrapped: Uint8Array, associatedData: string): Buffer | null;
}

/** What a wrapping is bound to. */
export type KeyIdentity = Pick<TransitKey, 'id' | 'projectId' | 'type'>;

/** Opens what is in a row; of a type of key (primitives/key-types.ts). */
export interface MaterialOpener {
  open(material: Buffer): KeyHandle;
  openPublic(publicKey: Buffer): KeyHandle;
}

/** A version that can be worked with. `secret` is null where only the public key was imported, `public` of symmetric keys. */
export interface OpenedVersion {
  readonly secret: KeyHandle | null;
  readonly public: KeyHandle | null;
  readonly hmac: KeyObject;
}

/**
 * Project, key, version, type, which of the two secrets, and the public key beside them: a row of which anything was
 * changed, or that was moved to another key, version or project, does not open. Whoever can write the table but has no
 * project's key cannot put a public key of their own in the place of another one.
 */
function associatedData({ projectId, id, type }: KeyIdentity, version: number, role: 'secret' | 'hmac', publicKey: Buffer | null): string {
  const digest = publicKey === null ? '' : createHash('sha256').update(publicKey).digest('base64url');
  return `transit-version|${projectId}|${id}|${version}|${type}|${role}|${digest}`;
}

/** The secrets of a version that is about to be: still the caller's to wipe. */
export interface VersionSecrets {
  readonly secret: Buffer | null;
  readonly publicKey: Buffer | null;
  readonly hmacKey: Buffer;
}

export function wrapVersion(project: ProjectWrapping, key: KeyIdentity, version: number, { secret, publicKey, hmacKey }: VersionSecrets): Pick<WrappedTransitVersion, 'version' | 'publicKey' | 'wrappedSecret' | 'wrappedHmacKey'> {
  return {
    version,
    publicKey,
    wrappedSecret: secret === null ? null : project.wrap(secret, associatedData(key, version, 'secret', publicKey)),
    wrappedHmacKey: project.wrap(hmacKey, associatedData(key, version, 'hmac', publicKey)),
  };
}

/** The bytes of a row's secrets, to be wiped by the caller. Throws for a row that the project's key did not write. */
export function unwrapVersion(project: ProjectWrapping, key: KeyIdentity, row: WrappedTransitVersion): VersionSecrets {
  const { version, publicKey, wrappedSecret, wrappedHmacKey } = row;
  const hmacKey = project.unwrap(wrappedHmacKey, associatedData(key, version, 'hmac', publicKey));
  const secret = wrappedSecret === null ? null : project.unwrap(wrappedSecret, associatedData(key, version, 'secret', publicKey));
  if (hmacKey !== null && (secret !== null || wrappedSecret === null)) return { secret, publicKey, hmacKey };
  hmacKey?.fill(0);
  secret?.fill(0);
  throw new Error(`version ${version} of the key ${key.id} was not written under the key of its project`);
}

/** From the row to handles; no bytes of a secret are left behind. */
export function openVersion(project: ProjectWrapping, key: KeyIdentity, row: WrappedTransitVersion, opener: MaterialOpener): OpenedVersion {
  const { secret, publicKey, hmacKey } = unwrapVersion(project, key, row);
  try {
    return {
      secret: secret === null ? null : opener.open(secret),
      public: publicKey === null ? null : opener.openPublic(publicKey),
      hmac: createSecretKey(hmacKey),
    };
  } finally {
    secret?.fill(0);
    hmacKey.fill(0);
  }
}
