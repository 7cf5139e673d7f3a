import { parseArgs } from 'node:util';
import type { SealConfig } from '#platform/config/config.js';
import { ConfigError } from '#platform/config/load-config.js';
import type { ShareCounts } from '../../../modules/crypto/seals/shamir-shares.js';

export interface SealOrder {
  /** Of a seal of shares; null for the others. */
  readonly counts: ShareCounts | null;
  /** Where a key file replaces a key file, or a passphrase a passphrase: that of the former seal. */
  readonly formerKeyFile: string | null;
  readonly formerPassphraseFile: string | null;
}

const USAGE = 'init-seal takes --shares N and --threshold K (2 to 255, for SEAL=shamir alone), and --former-key-file FILE or --former-passphrase-file FILE where the new seal is of the same type';

/** Throws `ConfigError` for what is no order. */
export function sealOrder(words: readonly string[], type: SealConfig['type']): SealOrder {
  const { shares, threshold, 'former-key-file': formerKeyFile = null, 'former-passphrase-file': formerPassphraseFile = null } = valuesOf(words);
  if (type !== 'shamir') {
    if (shares !== undefined || threshold !== undefined) throw new ConfigError([USAGE]);
    return { counts: null, formerKeyFile, formerPassphraseFile };
  }
  const counts = { shares: countOf(shares), threshold: countOf(threshold) };
  if (counts.threshold > counts.shares) throw new ConfigError(['--threshold must not be more than --shares']);
  return { counts, formerKeyFile, formerPassphraseFile };
}

function valuesOf(words: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    return parseArgs({ args: [...words], options: { shares: text, threshold: text, 'former-key-file': text, 'former-passphrase-file': text } }).values;
  } catch {
    throw new ConfigError([USAGE]);
  }
}

function countOf(text: string | undefined): number {
  const count = /^[1-9][0-9]{0,2}$/.test(text ?? '') ? Number(text) : 0;
  if (count < 2 || count > 255) throw new ConfigError([USAGE]);
  return count;
}
