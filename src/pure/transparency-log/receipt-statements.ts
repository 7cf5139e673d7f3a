import type { JsonValue } from '../canonical-json/json-value.js';
import type { ReceiptEvidence } from './receipt-evidence.js';
import type { VerifierKey } from './verifier-key.js';

/** What a verified receipt says, for people: every value in it is one that a signature or a hash covers. */

const COUNTS_SHOWN = 16;

/** What is proven, a sentence each. */
export function statementsOf({ proof, checkpoint, signatures, entry, file, order }: ReceiptEvidence): string[] {
  const { size, origin } = checkpoint;
  const statements = [
    `The deed: ${printable(entry.code)}, ${outcome(entry.hasSucceeded)}, at ${instant(entry.timeMillis)}, ${actor(entry.actorUid)}; its entry has the id ${printable(entry.uid)}.`,
    `The entry is number ${proof.index}, counted from 0, of the ${size} in the log ${printable(origin)}, and its bytes are the ones that were logged.`,
  ];
  for (const { key, timestampSeconds } of signatures.verified) {
    const made = timestampSeconds === null || timestampSeconds === 0 ? '' : `, at ${seconds(timestampSeconds)}`;
    statements.push(`That state of the log was signed by the key ${keyOf(key)} of your key file${made}.`);
  }
  const facts = Object.entries(entry.facts).map(([name, value]) => `${printable(name)} ${printable(text(value))}`);
  if (facts.length > 0) statements.push(`The entry also records: ${facts.join(', ')}.`);
  if (file !== null) {
    statements.push(
      `The result is the one that was recorded, to the last digit: ${counts(file.result['counts'])}; its digest is ${printable(text(file.result['digest'] ?? null))}.`,
    );
  }
  if (order !== null) statements.push('The request is the one that was recorded: its program, parameters, noise, outputs, shots, seed, method and precision.');
  return statements;
}

/** What is not proven, a sentence each. */
export function limitsOf({ checkpoint, signatures, file }: ReceiptEvidence): string[] {
  const limits = [
    'Whether the server wrote the truth: only that it wrote this, and cannot take it back or change it unseen.',
    'Who is behind the actor id, and whether the clock of the server was right.',
  ];
  const witnesses = signatures.verified.filter(({ key }) => key.name !== checkpoint.origin);
  if (witnesses.length === 0) limits.push('Whether others are shown the same log: no independent witness in your key file has signed it.');
  if (signatures.unknown.length > 0) {
    limits.push(`Anything about ${signatures.unknown.length} further signature(s): their keys are not in your key file, so they were not checked.`);
  }
  if (file === null) limits.push('Anything about a result: no result file was given.');
  if (file?.isWholeResource === true) limits.push('Anything about what stands beside the member "result" in the result file: it is not recorded.');
  return limits;
}

function outcome(hasSucceeded: boolean | null): string {
  if (hasSucceeded === null) return 'of which no outcome is recorded';
  return hasSucceeded ? 'which succeeded' : 'which failed or was denied';
}

function actor(uid: string | null): string {
  return uid === null ? 'by nobody who was authenticated' : `by the actor ${printable(uid)}`;
}

function keyOf(key: VerifierKey): string {
  return `${printable(key.name)}+${key.keyId} (${key.scheme.label})`;
}

function counts(value: JsonValue | undefined): string {
  const entries = Object.entries(value ?? {});
  const shown = entries.slice(0, COUNTS_SHOWN).map(([bits, count]) => `${printable(bits)} ${printable(text(count as JsonValue))} times`);
  const rest = entries.length - shown.length;
  return `${shown.join(', ')}${rest > 0 ? `, and ${rest} more outcomes` : ''}`;
}

function text(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function seconds(timestampSeconds: number): string {
  return timestampSeconds > 8.64e12 ? `second ${timestampSeconds}` : instant(timestampSeconds * 1000);
}

function instant(millis: number): string {
  return new Date(millis).toISOString();
}

/** Logged text is the server's word, and its reader's terminal obeys control characters: all but ASCII is spelled out. */
function printable(value: string): string {
  return value.replaceAll(/[^\u0020-\u007e]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}
