import { flag, parseVaultBody, readFields, text } from '#platform/http/vault-fields.js';
import { decodeBase64 } from '#pure/encoding/base64.js';
import { Fault } from '#pure/fault/fault.js';
import { type PlainFault, plainOf } from './operation-messages.js';

export const RESTORE_FIELDS = {
  backup: text({ example: 'quantonium-backup:v1:AAEC…', description: 'What `backup` answered.' }),
  force: flag({ example: false, description: 'Destroy the key that has the name. Takes a second person where the project says so.' }, false),
};

/** Before the base 64: says what it is, and that it is none of Vault's. */
export const BACKUP_PREFIX = 'quantonium-backup:v1:';

/**
 * Ten thousand versions of an AES key, seven hundred of an RSA-4096 one. What is restored is written while other changes
 * of keys wait: a hundred statements.
 */
export const BACKUP_BYTES_MAX = 4 * 1024 * 1024;

export interface RestoreRequest {
  readonly force: boolean;
  /** Whether there is any text at all. */
  readonly isGiven: boolean;
  /** Null for a text that is no backup. */
  readonly sealed: Uint8Array | null;
}

export type RestoreReading = RestoreRequest | { readonly fault: PlainFault };

export function sealedOf(backup: string): Buffer | null {
  return backup.startsWith(BACKUP_PREFIX) ? decodeBase64(backup.slice(BACKUP_PREFIX.length)) : null;
}

/** What of a body can be read without a key: it grows with the body, and may be done in a thread. */
export function readRestore(bytes: Uint8Array): RestoreReading {
  try {
    const { backup, force } = readFields(RESTORE_FIELDS, parseVaultBody(bytes));
    return { force, isGiven: backup !== undefined, sealed: backup === undefined ? null : sealedOf(backup) };
  } catch (error) {
    if (error instanceof Fault) return { fault: plainOf(error) };
    throw error;
  }
}

/** What the thread does. */
export default function perform({ bytes }: { readonly bytes: Uint8Array }): RestoreReading {
  return readRestore(bytes);
}
