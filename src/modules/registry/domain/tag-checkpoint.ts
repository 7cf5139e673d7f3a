import type { JsonObject } from '#pure/canonical-json/json-value.js';
import { decodeBase64, encodeBase64 } from '#pure/encoding/base64.js';
import { HASH_BYTES } from '#pure/merkle/hashing.js';
import { parseContentDigest } from '#pure/oci/content-digest.js';
import { isRepositoryName } from '#pure/oci/repository-name.js';
import { isTag } from '#pure/oci/tag.js';
import { isUuid } from '#pure/uuid/uuid.js';

/**
 * All tags under one root: the Merkle tree of RFC 6962 whose leaves are the tags, in the order of their repositories' ids and
 * then of the bytes of their names. Lists of `/v1/registry` have the same order, so that whoever reads those can make the root.
 */
export interface TagLeaf {
  readonly repositoryId: string;
  /** Its name, which begins with the project's slug. */
  readonly repository: string;
  readonly name: string;
  readonly digest: string;
  readonly version: number;
}

/** `<repository id> <repository>:<tag> <digest> <version>`: none of them can have a space, so no two tags have the same leaf. */
export function leafOf({ repositoryId, repository, name, digest, version }: TagLeaf): Buffer {
  return Buffer.from(`${repositoryId} ${repository}:${name} ${digest} ${version}`, 'utf8');
}

/** What an entry says of a tag; digest null: it is gone. */
export type TagChange = Omit<TagLeaf, 'digest'> & { readonly digest: string | null };

/** A forged entry must not use up the numbers that there are: a tag moved each microsecond comes to it in nine years. */
const VERSION_MAX = 2 ** 48;

/** By the code of the entry, whether the tag stands after it. */
const STANDS: ReadonlyMap<string, boolean> = new Map([
  ['registry.tag.move', true],
  ['registry.tag.delete', false],
  ['registry.tag.remove', false],
]);

/** Null for an entry that says nothing of a tag, or nothing that can be: whoever may append may have written it. */
export function changeOf(code: string, { repositoryId, repository, tag, digest, version }: JsonObject): TagChange | null {
  const stands = STANDS.get(code);
  if (stands === undefined || !isUuid(repositoryId) || typeof repository !== 'string' || !isRepositoryName(repository) || typeof tag !== 'string' || !isTag(tag)) return null;
  if (typeof digest !== 'string' || parseContentDigest(digest) === null || typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1 || version > VERSION_MAX) return null;
  return { repositoryId, repository, name: tag, digest: stands ? digest : null, version };
}

/**
 * How a row differs from the last that the ledger says of its tag. `rolled-back`: it stands where it stood before. `vanished`: it was
 * deleted past the server. `unrecorded`: no entry says that there is such a tag, or one says that it is gone. `changed`: anything else.
 */
export const TAG_MISMATCHES = ['rolled-back', 'vanished', 'unrecorded', 'changed'] as const;
export type TagMismatchKind = (typeof TAG_MISMATCHES)[number];

/** Where a tag stands, and where it should. */
export interface TagMismatch {
  readonly repositoryId: string;
  readonly repository: string;
  readonly name: string;
  /** Null: there is no row. */
  readonly found: { readonly digest: string; readonly version: number; readonly seal: Buffer } | null;
  /** Null: there should be none. */
  readonly recorded: { readonly digest: string; readonly version: number } | null;
}

export function mismatchKindOf({ found, recorded }: TagMismatch): TagMismatchKind {
  if (found === null) return 'vanished';
  if (recorded === null) return 'unrecorded';
  return found.version < recorded.version ? 'rolled-back' : 'changed';
}

/** What is signed. */
export interface TagCheckpoint {
  readonly size: number;
  readonly root: Buffer;
  /** Entries that were recorded before are in it, but for those whose transaction was still open. Milliseconds since 1970. */
  readonly takenAtMillis: number;
  readonly runId: string;
}

/** By a key of the purpose `registry`, over the text. */
export interface CheckpointSignature {
  readonly keyId: string;
  readonly signature: Buffer;
}

/** Not the form of a log's checkpoint: of two of these the later does not continue the earlier, and nobody is to think so. */
const FIRST_LINE = 'quantonium registry tags v1';

/** Five lines: what it is, how many tags, the root in base64, when, and the run. */
export function formatTagCheckpoint({ size, root, takenAtMillis, runId }: TagCheckpoint): string {
  return [FIRST_LINE, String(size), encodeBase64(root), String(takenAtMillis), runId].map((line) => `${line}\n`).join('');
}

/** As an entry of the ledger and the row of its run tell it. */
export function toldOf({ size, root, takenAtMillis, runId }: TagCheckpoint, { keyId, signature }: CheckpointSignature): Readonly<Record<string, string | number>> {
  return { tags: size, rootHash: encodeBase64(root), takenAtMillis, runId, keyId, signature: encodeBase64(signature) };
}

/** What was told, its signature unchecked; null for what is no checkpoint. */
export function checkpointOf({ tags, rootHash, takenAtMillis, runId, keyId, signature }: Readonly<Record<string, unknown>>): (TagCheckpoint & CheckpointSignature) | null {
  if (!isCount(tags) || !isCount(takenAtMillis) || !isUuid(runId) || typeof keyId !== 'string' || typeof rootHash !== 'string' || typeof signature !== 'string') return null;
  const [root, signed] = [decodeBase64(rootHash), decodeBase64(signature)];
  return root?.length === HASH_BYTES && signed !== null ? { size: tags, root, takenAtMillis, runId, keyId, signature: signed } : null;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
