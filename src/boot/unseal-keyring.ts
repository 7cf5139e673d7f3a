import type { AuditLog } from '#modules/audit/index.js';
import { CRYPTO_EVENTS, type HouseKey, type Keyring, type Seal } from '#modules/crypto/index.js';
import type { Tx } from '#platform/database/unit-of-work.js';
import { systemPrincipal } from '#pure/principal/principal.js';

const BOOT = systemPrincipal('boot');

export interface UnsealingParts {
  readonly seal: Seal;
  readonly keyring: Keyring;
  readonly log: AuditLog;
}

/** Records, in the transaction that puts a new database under its seal, that this was done. */
export const bindingRecord = (log: AuditLog) => async (tx: Tx): Promise<void> => {
  await log.append(tx, { kind: CRYPTO_EVENTS['crypto.root-key.bind'], outcome: 'success', actor: BOOT });
};

/**
 * Opens the seal and unseals the keyring. In a process that only works there is nothing to unseal; in one that starts
 * sealed, nothing yet, and `unsealWith` does it later.
 *
 * What it makes is recorded in the transaction that makes it. The entries wait unsigned until the ledger's own keys,
 * of which some of them tell, are there.
 *
 * Rejects with `SealRefusal`, whose message is for the operator, when the seal cannot be opened.
 */
export async function unsealKeyring(parts: UnsealingParts): Promise<void> {
  const house = await parts.seal.open(bindingRecord(parts.log));
  if (house !== null) await unsealWith(house, parts);
}

/**
 * Unseals the keyring, and has every key that this process holds sign once and verify: a key that cannot is found here
 * and not at the first login. Makes version 1 of what has none, so that the first request does not wait for it.
 */
export async function unsealWith(house: HouseKey, { keyring, log }: Pick<UnsealingParts, 'keyring' | 'log'>): Promise<void> {
  keyring.unseal(house, async (tx, { id, purpose, version, algorithm }) => {
    await log.append(tx, { kind: CRYPTO_EVENTS['crypto.signing-key.create'], outcome: 'success', actor: BOOT, targets: [{ type: 'key', uid: id }], facts: { purpose, version, algorithm } });
  });
  const challenge = Buffer.from('quantonium boot: does this key sign?');
  for (const purpose of keyring.heldPurposes) {
    const signer = await keyring.signer(purpose);
    const signature = await signer.sign(challenge);
    const verifier = await keyring.verifier(purpose, signer.keyId);
    if (verifier === null || !verifier.verify(challenge, signature)) throw new Error(`the ${purpose} key ${signer.keyId} does not verify what it signs`);
  }
}
