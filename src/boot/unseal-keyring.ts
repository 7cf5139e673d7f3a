import type { Keyring, RootKeySource } from '#modules/crypto/index.js';

/**
 * Opens the root key, unseals the keyring with it, and has every key that this process holds sign once and verify:
 * a key that cannot is found here and not at the first login. Makes version 1 of what has none, so that the first
 * request does not wait for it. In a process that only works there is nothing to unseal.
 *
 * Rejects with `RootKeyRefusal`, whose message is for the operator, when the root key is missing or not the right one.
 */
export async function unsealKeyring({ source, keyring }: { readonly source: RootKeySource; readonly keyring: Keyring }): Promise<void> {
  const root = await source.open();
  if (root === null) return;
  keyring.unseal(root);
  const challenge = Buffer.from('quantonium boot: does this key sign?');
  for (const purpose of keyring.heldPurposes) {
    const signer = await keyring.signer(purpose);
    const signature = await signer.sign(challenge);
    const verifier = await keyring.verifier(purpose, signer.keyId);
    if (verifier === null || !verifier.verify(challenge, signature)) throw new Error(`the ${purpose} key ${signer.keyId} does not verify what it signs`);
  }
}
