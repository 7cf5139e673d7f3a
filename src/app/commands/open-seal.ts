import { AuditLog } from '#modules/audit/index.js';
import { Keyring, Seal, SealRefusal } from '#modules/crypto/index.js';
import { Fault } from '#pure/fault/fault.js';
import { type UnsealingParts, unsealKeyring, unsealWith } from '../../boot/unseal-keyring.js';
import { sharesGiven } from './share-input.js';

/**
 * Opens the seal for a command that needs keys, and unseals its keyring. Where people hold the shares, they are asked
 * for them: by a line on standard input each. Throws `SealRefusal`.
 */
export async function unsealForCommand(parts: UnsealingParts, say: (line: string) => void): Promise<void> {
  const { seal } = parts;
  seal.whenChanged((house) => unsealWith(house, parts), () => undefined);
  await unsealKeyring(parts);
  if (!seal.isSealed) return;
  if (seal.opensByItself) throw new SealRefusal('What opens the seal cannot be reached: the server at SEAL_TRANSIT_URL does not answer.');
  const { threshold, isInitialised } = await seal.status();
  if (!isInitialised) throw new SealRefusal('This database is under no seal yet: npm run init-seal.');
  say(`Give ${threshold} shares, one a line; they are not shown.`);
  for await (const text of sharesGiven()) {
    const { isSealed, progress } = await seal.giveText(text).catch((error: unknown) => {
      throw error instanceof Fault && error.kind.code === 'unseal-refused' ? new SealRefusal(error.context.detail ?? error.message) : error;
    });
    if (!isSealed) return;
    say(`${progress} of ${threshold}`);
  }
  throw new SealRefusal(`Fewer than ${threshold} different shares were given.`);
}

/** The same with the parts of an application. */
export function openSealOf(get: <T>(type: abstract new (...parameters: never[]) => T) => T, say: (line: string) => void): Promise<void> {
  return unsealForCommand({ seal: get(Seal), keyring: get(Keyring), log: get(AuditLog) }, say);
}
