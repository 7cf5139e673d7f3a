import { verify } from 'node:crypto';
import { EvidenceError, printable } from './evidence-error.js';
import { signatureOf, type LogKey, type SignatureType } from './vkey.js';

/** A checkpoint of c2sp.org/tlog-checkpoint, its signatures verified. */
export interface SignedCheckpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
  /** Who signed, of the keys that are trusted. */
  readonly signers: readonly LogKey[];
}

interface Tree {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

/** 16 signatures of ML-DSA-44 and as many of witnesses have 60 kB. */
export const CHECKPOINT_BYTES_MAX = 128 * 1024;
const SIGNATURE_BYTES: Readonly<Record<SignatureType, number>> = { 0x01: 64, 0x04: 8 + 64, 0x06: 8 + 2420 };

/**
 * Reads a checkpoint and checks every signature that names one of the keys: one that is false convicts the note.
 * Signatures of others say nothing. Which of the keys have to have signed is the caller's question.
 */
export function readCheckpoint(bytes: Uint8Array, keys: readonly LogKey[]): SignedCheckpoint {
  const { text, lines } = splitNote(bytes);
  const tree = parseTree(text);
  const signers: LogKey[] = [];
  for (const line of lines) {
    const [, name, encoded] = /^\u2014 ([^ ]+) ([A-Za-z0-9+/=]+)$/u.exec(line) ?? [];
    const blob = Buffer.from(encoded ?? '', 'base64');
    if (name === undefined || encoded === undefined || blob.length <= 4 || blob.toString('base64') !== encoded) throw malformed(`a signature line: ${printable(line)}`);
    const key = keys.find((candidate) => candidate.name === name && candidate.id === blob.toString('hex', 0, 4));
    if (key === undefined) continue;
    if (signers.includes(key)) throw malformed('a key has signed it twice');
    if (!isTrue(key, text, tree, blob.subarray(4))) throw new EvidenceError(`the ${signatureOf(key.type)} of ${printable(name)} on the checkpoint is false`);
    signers.push(key);
  }
  return { ...tree, signers };
}

function splitNote(bytes: Uint8Array): { text: string; lines: string[] } {
  let note: string;
  try {
    note = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed('it is not UTF-8');
  }
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n') || /[\u0000-\u0009\u000b-\u001f]/.test(note)) throw malformed('it is no signed note');
  return { text: note.slice(0, end + 1), lines: note.slice(end + 2, -1).split('\n') };
}

function parseTree(text: string): Tree {
  const [origin, size, root, ...extensions] = text.slice(0, -1).split('\n');
  if (origin === undefined || origin === '' || size === undefined || root === undefined || extensions.includes('')) throw malformed('it has not the lines of a tree');
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(size) || !Number.isSafeInteger(Number(size))) throw malformed(`its size: ${printable(size)}`);
  const hash = Buffer.from(root, 'base64');
  if (hash.length !== 32 || hash.toString('base64') !== root) throw malformed(`its root: ${printable(root)}`);
  return { origin, size: Number(size), root: hash };
}

function isTrue(key: LogKey, text: string, tree: Tree, signature: Buffer): boolean {
  if (signature.length !== SIGNATURE_BYTES[key.type]) return false;
  if (key.type === 0x01) return verify(null, Buffer.from(text, 'utf8'), key.publicKey, signature);
  const time = signature.subarray(0, 8);
  const message = key.type === 0x04 ? Buffer.from(`cosignature/v1\ntime ${time.readBigUInt64BE()}\n${text}`, 'utf8') : subtreeMessage(key.name, time, tree);
  return verify(null, message, key.publicKey, signature.subarray(8));
}

/** c2sp.org/tlog-cosignature: the whole tree is the subtree from 0 to its size. */
function subtreeMessage(name: string, time: Buffer, { origin, size, root }: Tree): Buffer {
  const number = (value: number): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(value));
    return bytes;
  };
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value, 'utf8');
    if (bytes.length > 255) throw malformed('its names have at most 255 bytes');
    return Buffer.concat([Buffer.of(bytes.length), bytes]);
  };
  return Buffer.concat([Buffer.from('subtree/v1\n\0', 'latin1'), text(name), time, text(origin), number(0), number(size), root]);
}

function malformed(what: string): EvidenceError {
  return new EvidenceError(`the checkpoint is malformed: ${what}`);
}
