import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { canonicalJsonBytes } from '#pure/canonical-json/canonical-json.js';
import { orderDigest } from '#pure/digest/order-digest.js';
import { digestOf } from '#pure/digest/digest.js';
import { resultDigest } from '#pure/digest/result-digest.js';
import { leafHash } from '#pure/merkle/hashing.js';
import { inclusionProof } from '#pure/merkle/proof.js';
import { readerOf } from '#pure/merkle/tile.js';
import { newTilesFor } from '#pure/merkle/tile-append.js';
import { formatCheckpoint } from '#pure/transparency-log/checkpoint.js';
import { type NoteSigner, signNote } from '#pure/transparency-log/note-signature.js';
import type { SignatureSchemeName } from '#pure/transparency-log/signature-scheme.js';
import { formatTlogProof } from '#pure/transparency-log/tlog-proof.js';
import { formatVerifierKey, verifierKey } from '#pure/transparency-log/verifier-key.js';

/** A log in memory, without clock, randomness or database: for specs of what reads a log's files. */

export const SAMPLE_ORIGIN = 'quantonium.example/audit';
export const SAMPLE_SECONDS = 1_795_328_229;

/** PKCS#8 prefixes of a key that is given by its seed: RFC 8410 §7, RFC 9881 §6 (the seed form). */
const PKCS8_PREFIX: Readonly<Record<SignatureSchemeName, string>> = {
  'ed25519': '302e020100300506032b657004220420',
  'ed25519-cosignature': '302e020100300506032b657004220420',
  'ml-dsa-44-cosignature': '3034020100300b060960864801650304031104228020',
};

/** A signer whose key is its seed: 32 bytes, all `seed`. Never for anything but a test. */
export function sampleSigner(name: string, scheme: SignatureSchemeName, seed: number): NoteSigner {
  const der = Buffer.concat([Buffer.from(PKCS8_PREFIX[scheme], 'hex'), Buffer.alloc(32, seed)]);
  const privateKey: KeyObject = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return { key: verifierKey(name, scheme, createPublicKey(privateKey)), sign: (message) => sign(null, message, privateKey) };
}

export const LOG_SIGNER = sampleSigner(SAMPLE_ORIGIN, 'ed25519', 1);
export const LOG_COSIGNER = sampleSigner(SAMPLE_ORIGIN, 'ml-dsa-44-cosignature', 2);
export const WITNESS = sampleSigner('witness.example/w1', 'ed25519-cosignature', 3);

export const SAMPLE_SIMULATION_ID = '019aa9f1-5f10-7c1e-9a64-2f0b7a3d9c11';

const MEASURED = {
  counts: { '00': 497, '01': 2, '10': 1, '11': 500 },
  shots: 1000,
  seed: 42,
  method: 'statevector',
  precision: 'double',
  engineVersion: '0.1.0',
  durationMillis: 1.25,
};
/** As the server sends it. */
export const SAMPLE_RESULT = Object.freeze({ ...MEASURED, digest: resultDigest(MEASURED) });

/** As the client sent it. */
export const SAMPLE_REQUEST = Object.freeze({ program: { language: 'openqasm3', source: 'qubit q;' }, parameters: { theta: 0.5 }, shots: 1000, name: 'Tuesday' });
const ORDER = { language: 'openqasm3', programDigest: digestOf(Buffer.from('qubit q;')), parameters: { theta: 0.5 }, outputs: ['counts'], noise: null, shots: 1000, seed: 42, method: 'statevector', precision: 'double' };

/** The entry of a simulation that has finished, as a value. */
export const SAMPLE_ENTRY = Object.freeze({
  activity_id: 1,
  actor: { user: { uid: '019aa9f0-1111-7aaa-8bbb-cccccccccccc' } },
  category_uid: 6,
  class_uid: 6003,
  metadata: { event_code: 'simulation.complete', product: { name: 'Quantonium' }, uid: '019aa9f1-6000-7123-8456-789012345678', version: '1.8.0' },
  resources: [{ type: 'simulation', uid: SAMPLE_SIMULATION_ID }],
  severity_id: 1,
  status_id: 1,
  time: 1_795_328_228_500,
  type_uid: 600_301,
  unmapped: { orderDigest: orderDigest(ORDER), resultDigest: SAMPLE_RESULT.digest, seed: 42, method: 'statevector', shots: 1000 },
});

/** Verifier keys as the server gives them, a line each. */
export function vkeysOf(...signers: readonly NoteSigner[]): string {
  return signers.map(({ key }) => `${formatVerifierKey(key)}\n`).join('');
}

export interface SampleReceipt {
  readonly entry?: Uint8Array;
  readonly index?: number;
  readonly size?: number;
  readonly signers?: readonly NoteSigner[];
}

/** A receipt for an entry at `index` among `size` others. */
export async function sampleReceipt(options: SampleReceipt = {}): Promise<Buffer> {
  const { entry = canonicalJsonBytes(SAMPLE_ENTRY), index = 5, size = 11, signers = [LOG_SIGNER, LOG_COSIGNER] } = options;
  const leaves = Array.from({ length: size }, (_, i) => leafHash(i === index ? entry : Buffer.from(`entry ${i}`)));
  const { tiles, root } = newTilesFor(0, leaves, readerOf([]));
  const text = formatCheckpoint({ origin: SAMPLE_ORIGIN, size, root, extensions: [] });
  const checkpoint = await signNote(text, signers, SAMPLE_SECONDS);
  const hashes = inclusionProof(index, size, readerOf(tiles));
  return Buffer.from(formatTlogProof({ extra: Buffer.from(entry), index, hashes, checkpoint }), 'utf8');
}
