import { parseArgs } from 'node:util';
import { ConfigError } from '#platform/config/load-config.js';
import { HeldPassphrase } from '#platform/config/held-passphrase.js';
import { readValueFile } from '#platform/config/value-source.js';

const USAGE = 'init-seal takes --shares N and --threshold K (2 to 255, for SEAL=shamir alone), and --former-key-file FILE or --former-passphrase-file FILE where the new seal is of the same type';

export interface SealOrder {
  readonly counts: { readonly shares: number; readonly threshold: number } | null;
  readonly formerKeyFile: string | null;
  readonly formerPassphrase: HeldPassphrase | null;
}

/** What the words of the command ask for. Throws `ConfigError` for what is no order. */
export function sealOrder(words: readonly string[], isOfShares: boolean): SealOrder {
  const { shares, threshold, 'former-key-file': formerKeyFile = null, 'former-passphrase-file': passphraseFile } = valuesOf(words);
  const formerPassphrase = passphraseFile === undefined ? null : new HeldPassphrase(readValueFile(passphraseFile, true));
  if (!isOfShares) {
    if (shares !== undefined || threshold !== undefined) throw new ConfigError([USAGE]);
    return { counts: null, formerKeyFile, formerPassphrase };
  }
  const counts = { shares: countOf(shares), threshold: countOf(threshold) };
  if (counts.threshold > counts.shares) throw new ConfigError(['--threshold must not be more than --shares']);
  return { counts, formerKeyFile, formerPassphrase };
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
