import { EvidenceError, printable } from './evidence-error.js';
import type { LogSource } from './log-source.js';
import { CHECKPOINT_BYTES_MAX, readCheckpoint, type SignedCheckpoint } from './signed-note.js';
import { walkTree } from './tree-walk.js';
import { signatureOf, type LogKey } from './vkey.js';

export type Verdict =
  | { readonly ok: true; readonly statements: readonly string[]; readonly limits: readonly string[] }
  | { readonly ok: false; readonly findings: readonly string[] };

export interface Expectation {
  readonly keys: readonly LogKey[];
  /** Checkpoints of earlier. */
  readonly old: readonly Buffer[];
  /** Entries below it may be gone. */
  readonly minimumIndex: number;
  readonly onProgress: (leaves: number, size: number) => void;
  /** Told of every file that was read and has its right size; of the checkpoint when all is verified. */
  readonly onFile: (path: string, bytes: Buffer) => Promise<void>;
}

/** Verifies a log from its entries' bytes to the signatures on its checkpoint. Throws EvidenceError where it cannot go on. */
export async function verifyLog(source: LogSource, expectation: Expectation): Promise<Verdict> {
  const { keys, minimumIndex, onFile } = expectation;
  const note = await source.read('checkpoint', CHECKPOINT_BYTES_MAX);
  if (note === null) throw new EvidenceError('there is no checkpoint');
  const checkpoint = readCheckpoint(note, keys);
  const unsigned = missingSigners(checkpoint, keys);
  if (unsigned.length > 0) return { ok: false, findings: unsigned };
  const { size, origin } = checkpoint;
  const old = expectation.old.map((bytes) => readOld(bytes, checkpoint, keys));
  const { findings, roots } = await walkTree(source, {
    size,
    sizes: old.map((earlier) => earlier.size),
    minimumIndex,
    onProgress: (leaves) => expectation.onProgress(leaves, size),
    onFile,
  });
  const contradictions = [checkpoint, ...old].filter((tree) => roots.get(tree.size)?.equals(tree.root) !== true);
  const all = [...findings, ...(findings.length > 0 ? [] : contradictions.map((tree) => contradiction(tree, checkpoint)))];
  if (all.length > 0) return { ok: false, findings: all };
  await onFile('checkpoint', note);
  return { ok: true, statements: statements(checkpoint, old, source.hasEntries, minimumIndex), limits: limits(origin, old, source.hasEntries) };
}

/** Of each name and kind of key that is trusted, one has to have signed; the log's own name has to be among them. */
function missingSigners({ origin, signers }: SignedCheckpoint, keys: readonly LogKey[]): string[] {
  if (!keys.some(({ name, type }) => name === origin && type !== 0x04)) return [`the checkpoint is of ${printable(origin)}, and none of the given keys is`];
  const kinds = new Map(keys.map((key) => [`${key.name} ${key.type}`, key]));
  return [...kinds.values()]
    .filter(({ name, type }) => !signers.some((signer) => signer.name === name && signer.type === type))
    .map(({ name, type }) => `the checkpoint has no ${signatureOf(type)} of ${printable(name)} by a given key`);
}

/** An old checkpoint may have lost its cosignatures; that the log signed it is what counts. */
function readOld(bytes: Buffer, { origin, size }: SignedCheckpoint, keys: readonly LogKey[]): SignedCheckpoint {
  const old = readCheckpoint(bytes, keys);
  if (old.origin !== origin) throw new EvidenceError(`the old checkpoint is of another log: ${printable(old.origin)}`);
  if (!old.signers.some((signer) => signer.name === origin)) throw new EvidenceError('the old checkpoint is not signed by the log, as far as the given keys tell');
  if (old.size > size) throw new EvidenceError(`the log has ${size} entries, and the old checkpoint ${old.size}: entries were removed, or this is an older copy`);
  return old;
}

function contradiction(tree: SignedCheckpoint, checkpoint: SignedCheckpoint): string {
  if (tree === checkpoint) return `the tiles do not lead to the root that was signed at size ${tree.size}`;
  return `the first ${tree.size} entries are not those of the old checkpoint: the log was rewritten, or two were signed`;
}

function statements({ origin, size, root, signers }: SignedCheckpoint, old: readonly SignedCheckpoint[], hasEntries: boolean, minimumIndex: number): string[] {
  const pruned = Math.min(minimumIndex, size);
  return [
    `The log ${printable(origin)} has ${size} entries under the root ${root.toString('base64')}.`,
    ...signers.map(({ name, type, id }) => `The checkpoint has a true ${signatureOf(type)} of ${printable(name)} (key ${id}).`),
    hasEntries
      ? `The bytes of every entry${pruned === 0 ? '' : ` from ${pruned} on`} lead to that root, through every tile of the tree.`
      : 'Every hash tile of the tree leads to that root.',
    ...old.map((earlier) => `The ${earlier.size} entries of the old checkpoint are its beginning, unchanged.`),
  ];
}

function limits(origin: string, old: readonly SignedCheckpoint[], hasEntries: boolean): string[] {
  return [
    ...(hasEntries ? [] : ['What the entries say: entry bundles were not read. A server gives them to a token (--token-file).']),
    ...(old.length > 0 ? [] : ['That nothing was rewritten before: no earlier checkpoint was given (--old).']),
    `That everybody is shown the same log: that is what witnesses of ${printable(origin)} are for.`,
    'That what an entry says is what happened.',
  ];
}
