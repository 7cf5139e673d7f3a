import type { JsonObject } from '../canonical-json/json-value.js';
import { resultDigest } from '../digest/result-digest.js';
import { leafHash } from '../merkle/hashing.js';
import { verifyInclusion } from '../merkle/verify.js';
import { type Checkpoint, parseCheckpoint } from './checkpoint.js';
import { LogFormatError } from './log-format-error.js';
import { verifyNote } from './note-signature.js';
import { isOrderRecorded, type OrderFile, readOrderFile } from './order-file.js';
import type { ReceiptEvidence } from './receipt-evidence.js';
import { limitsOf, statementsOf } from './receipt-statements.js';
import { readEntry, type RecordedEntry } from './recorded-entry.js';
import { readResultFile, type ResultFile } from './result-file.js';
import { SIGNATURE_SCHEMES, type SignatureScheme } from './signature-scheme.js';
import { formatTlogProof, parseTlogProof, type TlogProof } from './tlog-proof.js';
import { parseVerifierKey, type VerifierKey } from './verifier-key.js';

/**
 * Checks a receipt: a tlog-proof whose `extra` line is the entry. The keys are the reader's own copy, taken when the
 * log was still trusted or from somebody else: a receipt that brought its own key would prove nothing.
 */
export interface ReceiptToVerify {
  readonly receipt: Uint8Array;
  /** One vkey a line, as `GET /v1/audit/log/vkeys` gives them. */
  readonly vkeys: string;
  /** The file with the simulation's result; null when only the entry is in question. */
  readonly result: Uint8Array | null;
  /** The file with the request, as it was submitted; absent when it is not in question. */
  readonly order?: Uint8Array | null;
}

export type ReceiptFailure =
  | 'vkeys-malformed'
  | 'receipt-malformed'
  | 'log-key-unknown'
  | 'log-signature-missing'
  | 'cosignature-missing'
  | 'signature-invalid'
  | 'entry-missing'
  | 'entry-not-included'
  | 'entry-malformed'
  | 'result-malformed'
  | 'result-not-recorded'
  | 'result-altered'
  | 'result-of-another-simulation'
  | 'order-malformed'
  | 'order-not-recorded'
  | 'order-of-another-simulation';

export type ReceiptVerdict =
  | {
      readonly ok: true;
      /** What is proven, a sentence each. */
      readonly statements: readonly string[];
      /** What is not, a sentence each. */
      readonly limits: readonly string[];
    }
  | { readonly ok: false; readonly reason: ReceiptFailure; readonly message: string };

class Unproven extends Error {
  constructor(
    readonly reason: ReceiptFailure,
    message: string,
  ) {
    super(message);
  }
}

/** Never throws on bad input. Order: keys, form, signatures, place in the tree, entry, result, order; the first failure is the answer. */
export function verifyReceipt(input: ReceiptToVerify): ReceiptVerdict {
  try {
    const keys = trustedKeys(input.vkeys);
    const proof = parseReceipt(input.receipt);
    const checkpoint = wellFormed('receipt-malformed', () => parseCheckpoint(proof.checkpoint.text));
    const signatures = checkSignatures(proof, checkpoint, keys);
    const entry = checkEntry(proof, checkpoint);
    const file = input.result === null ? null : checkResult(input.result, entry);
    const order = input.order == null ? null : checkOrder(input.order, entry);
    const evidence: ReceiptEvidence = { proof, checkpoint, signatures, entry, file, order };
    return { ok: true, statements: statementsOf(evidence), limits: limitsOf(evidence) };
  } catch (error) {
    if (!(error instanceof Unproven)) throw error;
    return { ok: false, reason: error.reason, message: error.message };
  }
}

function trustedKeys(vkeys: string): VerifierKey[] {
  const keys: VerifierKey[] = [];
  for (const [index, line] of vkeys.split(/\r?\n/).entries()) {
    if (line === '') continue;
    keys.push(wellFormed('vkeys-malformed', () => parseVerifierKey(line), `line ${index + 1} of the key file`));
  }
  if (keys.length === 0) throw new Unproven('vkeys-malformed', 'The key file has no verifier keys.');
  return keys;
}

function parseReceipt(receipt: Uint8Array): TlogProof {
  const proof = wellFormed('receipt-malformed', () => parseTlogProof(receipt));
  // The parsers take one spelling only. Should one of them ever be more lenient, no byte is free to change all the same.
  if (!Buffer.from(formatTlogProof(proof), 'utf8').equals(receipt)) {
    throw new Unproven('receipt-malformed', 'The receipt is not spelled as a log would write it.');
  }
  return proof;
}

/**
 * The log's keys bear its origin as their name, so the key file also says which log is meant. One Ed25519 signature
 * of the log must be there; where the reader has its ML-DSA-44 key, that cosignature too, or else whoever breaks
 * Ed25519 would simply leave the other out. Witnesses' signatures are checked when present.
 */
function checkSignatures(proof: TlogProof, { origin }: Checkpoint, keys: readonly VerifierKey[]): ReceiptEvidence['signatures'] {
  const logKeys = keys.filter(({ name }) => name === origin);
  const has = (candidates: readonly { scheme: SignatureScheme }[], scheme: SignatureScheme): boolean =>
    candidates.some((candidate) => candidate.scheme === scheme);
  if (!has(logKeys, SIGNATURE_SCHEMES.ed25519)) {
    throw new Unproven('log-key-unknown', 'The key file has no Ed25519 key of the log that the receipt is from.');
  }
  const verdict = verifyNote(proof.checkpoint, keys);
  if (!verdict.ok) throw new Unproven('signature-invalid', "A signature on the log's head is not valid: the head or the signature was changed, or another key made it.");
  const signing = verdict.verified.map(({ key }) => key).filter((key) => logKeys.includes(key));
  if (!has(signing, SIGNATURE_SCHEMES.ed25519)) {
    throw new Unproven('log-signature-missing', "The log's head is not signed by the log's Ed25519 key in the key file.");
  }
  const cosigner = SIGNATURE_SCHEMES['ml-dsa-44-cosignature'];
  if (has(logKeys, cosigner) && !has(signing, cosigner)) {
    throw new Unproven('cosignature-missing', "The key file has the log's ML-DSA-44 key, but the log's head is not signed by it.");
  }
  return verdict;
}

function checkEntry({ extra, index, hashes }: TlogProof, { size, root }: Checkpoint): RecordedEntry {
  if (extra === null) throw new Unproven('entry-missing', 'The receipt does not bring the entry that it is about.');
  if (!verifyInclusion(leafHash(extra), index, size, hashes, root)) {
    throw new Unproven('entry-not-included', 'The entry is not at its place in the signed log: the entry, its index or the path was changed.');
  }
  const entry = readEntry(extra);
  if (entry === null) throw new Unproven('entry-malformed', 'The entry is in the log, but it is not one that this program can read.');
  return entry;
}

function checkResult(bytes: Uint8Array, entry: RecordedEntry): ResultFile {
  const file = readResultFile(bytes);
  if (typeof file === 'string') throw new Unproven('result-malformed', `The result file cannot be used: ${file}.`);
  const recorded = entry.facts['resultDigest'];
  if (typeof recorded !== 'string') {
    throw new Unproven('result-not-recorded', 'The entry records no result, so that no file can be compared with it.');
  }
  if (!isRecorded(file.result, recorded)) {
    throw new Unproven('result-altered', 'The result is not the one that was recorded: its digest differs.');
  }
  if (file.simulationId !== null && !entry.resourceUids.includes(file.simulationId)) {
    throw new Unproven('result-of-another-simulation', 'The file names another simulation than the entry.');
  }
  return file;
}

function checkOrder(bytes: Uint8Array, { facts }: RecordedEntry): OrderFile {
  const order = readOrderFile(bytes);
  if (typeof order === 'string') throw new Unproven('order-malformed', `The order file cannot be used: ${order}.`);
  if (typeof facts['orderDigest'] !== 'string') throw new Unproven('order-not-recorded', 'The entry records no order, so that no file can be compared with it.');
  if (!isOrderRecorded(order, facts)) throw new Unproven('order-of-another-simulation', 'The order is not the one that was recorded: its digest differs.');
  return order;
}

/** The digest that the result states for itself is compared too: it is not under its own hash. */
function isRecorded(result: JsonObject, recorded: string): boolean {
  return result['digest'] === recorded && resultDigest(result) === recorded;
}

/** Turns a format error into a failure with a place. */
function wellFormed<T>(reason: ReceiptFailure, parse: () => T, place = 'the receipt'): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof LogFormatError)) throw error;
    throw new Unproven(reason, `There is an error in ${place}: ${error.message}.`);
  }
}
