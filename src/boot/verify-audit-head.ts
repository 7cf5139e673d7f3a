import type { LedgerVerifier } from '#modules/audit/index.js';

/** The stored ledger contradicts itself: nothing may be added to it before a person has looked. */
export class LedgerHeadRefusal extends Error {
  override readonly name = 'LedgerHeadRefusal';
}

/**
 * The boot step: the last checkpoint is signed by keys of ours, and the stored tiles lead to its root and to the
 * head's. Cheap at any size; what lies below is verified in the background.
 */
export async function verifyAuditHead(verifier: LedgerVerifier): Promise<void> {
  const { mismatches } = await verifier.verifyHead();
  if (mismatches.length > 0) throw new LedgerHeadRefusal(`the ledger's head does not verify: ${mismatches.map(({ sentence }) => sentence).join('; ')}`);
}
