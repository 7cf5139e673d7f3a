import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, fstatSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RELEASE_ALGORITHMS, type ReleaseAlgorithm } from '../../../boot/loader/release-signatures.js';
import { ReleaseRefusal } from './release-refusal.js';

export type ReleaseKeys = Readonly<Record<ReleaseAlgorithm, KeyObject>>;

const GENERATE: Readonly<Record<ReleaseAlgorithm, () => { readonly privateKey: KeyObject; readonly publicKey: KeyObject }>> = {
  ed25519: () => generateKeyPairSync('ed25519'),
  'ml-dsa-65': () => generateKeyPairSync('ml-dsa-65'),
};

/** Readable by others than their owner. */
const EXPOSED = 0o077;

/**
 * New keys in `directory`, and beside them in `trust/` what servers are to be given. Existing ones are left as they are: a
 * key that is lost cannot be made again. Throws `ReleaseRefusal`.
 */
export function makeReleaseKeys(directory: string): void {
  const trust = join(directory, 'trust');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  mkdirSync(trust, { recursive: true, mode: 0o755 });
  for (const algorithm of RELEASE_ALGORITHMS) {
    const file = keyFile(directory, algorithm);
    if (existsSync(file)) throw new ReleaseRefusal(`${file} is there already`);
  }
  for (const algorithm of RELEASE_ALGORITHMS) {
    const { privateKey, publicKey } = GENERATE[algorithm]();
    writeFileSync(keyFile(directory, algorithm), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
    writeFileSync(join(trust, `${algorithm}.pem`), publicKey.export({ type: 'spki', format: 'pem' }), { mode: 0o644 });
  }
}

/** Throws `ReleaseRefusal` when one is missing, is of another kind or can be read by others. */
export function readReleaseKeys(directory: string): ReleaseKeys {
  const [ed25519, mlDsa65] = RELEASE_ALGORITHMS.map((algorithm) => readKey(keyFile(directory, algorithm), algorithm));
  return { ed25519: ed25519!, 'ml-dsa-65': mlDsa65! };
}

function keyFile(directory: string, algorithm: ReleaseAlgorithm): string {
  return join(directory, `${algorithm}.key`);
}

function readKey(file: string, algorithm: ReleaseAlgorithm): KeyObject {
  if (!existsSync(file)) throw new ReleaseRefusal(`${file} is not there: --make-keys makes new ones`);
  const descriptor = openSync(file, 'r');
  try {
    if ((fstatSync(descriptor).mode & EXPOSED) !== 0) throw new ReleaseRefusal(`${file} can be read by others: chmod 0600`);
    const pem = readFileSync(descriptor);
    const key = keyOf(pem, file);
    pem.fill(0);
    if (key.asymmetricKeyType !== algorithm) throw new ReleaseRefusal(`${file} is a key of another kind: ${key.asymmetricKeyType}`);
    return key;
  } finally {
    closeSync(descriptor);
  }
}

function keyOf(pem: Buffer, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new ReleaseRefusal(`${file} is not a private key`);
  }
}
