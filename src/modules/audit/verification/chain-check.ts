import { sha256 } from '#pure/digest/digest.js';
import type { VerifierKey } from '#pure/transparency-log/verifier-key.js';
import { SIGNATURE_SCHEMES } from '#pure/transparency-log/signature-scheme.js';
import { CHECKPOINT_SCHEMES, type CheckpointPurpose, readCheckpoint, signersOf } from '../checkpoint-note.js';
import type { ChainLink, StoredCheckpoint, TreeHead } from '../persistence/tree.repository.js';
import type { Findings } from './findings.js';

/** A stretch of the chain. */
export interface Chain {
  /** The checkpoint before the first of them; null at the beginning. */
  readonly before: StoredCheckpoint | null;
  readonly links: readonly ChainLink[];
  /** Number of the last checkpoint of all: the one whose cosignature is never thinned. */
  readonly last: number;
}

/**
 * Checks checkpoints in the order of their numbers: each follows the one before, is signed by a key that no newer one
 * had replaced, and says the root of its head. The keys are in the order of their versions.
 */
export function checkChain({ before, links, last }: Chain, keys: readonly VerifierKey[], findings: Findings): void {
  let previous = before;
  let keyBefore = before === null ? -1 : placeOf(signersOf(before.note, keys), keys);
  for (const link of links) {
    const { number } = link;
    if (!follows(link, previous)) findings.report(`checkpoint ${number} does not follow the one before`);
    const claim = claimOf(link, keys, number === last, findings);
    if (claim !== null && link.headRoot?.equals(claim.root) !== true) findings.report(`checkpoint ${number} has another root than the head of size ${claim.size}`);
    const key = claim === null ? -1 : placeOf(claim.signers, keys);
    if (key >= 0 && key < keyBefore) findings.report(`checkpoint ${number} is signed by a key that a newer one had replaced`);
    keyBefore = Math.max(keyBefore, key);
    previous = link;
  }
}

/** What a stored checkpoint claims, and who of ours signed it; null where its note is none, or does not belong to its row. */
export function claimOf(checkpoint: StoredCheckpoint, keys: readonly VerifierKey[], isLast: boolean, findings: Findings): (TreeHead & { readonly signers: readonly VerifierKey[] }) | null {
  const claim = readCheckpoint(checkpoint.note);
  if (claim === null || claim.size !== checkpoint.size) {
    findings.report(`checkpoint ${checkpoint.number} is not the note that was signed`);
    return null;
  }
  const signers = signersOf(checkpoint.note + checkpoint.cosignatures, keys);
  // Thinned cosignatures are no fault, but of the last checkpoint; one that is there and false leaves no signers at all.
  if (!isSigned(signers, 'audit-checkpoint')) findings.report(`checkpoint ${checkpoint.number} is not signed by the log's keys`);
  else if (isLast && !isSigned(signers, 'audit-cosign')) findings.report(`checkpoint ${checkpoint.number} is not cosigned by the log's keys`);
  return { ...claim, signers };
}

function isSigned(signers: readonly VerifierKey[], purpose: CheckpointPurpose): boolean {
  return signers.some(({ scheme }) => scheme.type === SIGNATURE_SCHEMES[CHECKPOINT_SCHEMES[purpose]].type);
}

/** Of the log's own key, in the order of versions; -1 when none of them signed. */
function placeOf(signers: readonly VerifierKey[], keys: readonly VerifierKey[]): number {
  const own = signers.find(({ scheme }) => scheme.type === SIGNATURE_SCHEMES[CHECKPOINT_SCHEMES['audit-checkpoint']].type);
  return own === undefined ? -1 : keys.indexOf(own);
}

function follows(checkpoint: StoredCheckpoint, before: StoredCheckpoint | null): boolean {
  if (before === null) return checkpoint.number === 1 && checkpoint.previousHash === null;
  const hash = sha256(Buffer.from(before.note, 'utf8'));
  return checkpoint.number === before.number + 1 && checkpoint.size >= before.size && checkpoint.previousHash?.equals(hash) === true;
}
