import { LogFormatError } from '../transparency-log/log-format-error.js';
import { type Note, parseNote } from '../transparency-log/note.js';
import { verifyNote } from '../transparency-log/note-signature.js';
import type { VerifierKey } from '../transparency-log/verifier-key.js';

/**
 * What a running server says of itself, signed: the text of a C2SP signed note, a line for each claim in this order. The
 * nonce is the asker's, so that an old statement does not pass for a new one (RFC 9334 §10, "Freshness").
 */
export interface AttestationStatement {
  /** `PUBLIC_URL`. */
  readonly server: string;
  readonly nonce: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  /** Of its signed manifest, `sha256:` and hex; `none` for a checkout. */
  readonly release: string;
  readonly version: string;
  /** Of the release; 0 for a checkout. */
  readonly epoch: number;
  readonly node: string;
  readonly roles: readonly string[];
  /** Of Node, by name. */
  readonly flags: readonly string[];
  /** What keeps the process from more than it needs, and what of it is missing. */
  readonly hardening: readonly string[];
  readonly lacking: readonly string[];
  /** Of the kernel, `Seccomp:` in proc_pid_status(5): 2 is a filter. */
  readonly seccomp: string;
  /** Stages of the start that were passed, and the measurement of them all. */
  readonly stages: number;
  readonly measurement: string;
  /** Known answers of the cryptography that were tried at the start, and right. */
  readonly selfTests: number;
  readonly uptimeSeconds: number;
  /** When the whole release was last read over and found as it was signed; `never`. */
  readonly rechecked: string;
}

const TITLE = 'quantonium attestation 1';

/** 16 random bytes at least, in a spelling that needs no escaping (RFC 9711 §4.1 takes 8 to 88). */
export const NONCE = /^[A-Za-z0-9_-]{22,88}$/;

interface Field {
  readonly format: (statement: AttestationStatement) => string;
  readonly pattern: RegExp;
  readonly parse: (text: string) => string | number | readonly string[];
}

const text = (member: keyof AttestationStatement, pattern: RegExp): Field => ({ format: (statement) => String(statement[member]), pattern, parse: (value) => value });
const count = (member: keyof AttestationStatement): Field => ({ ...text(member, /^(?:0|[1-9][0-9]{0,12})$/), parse: Number });
const list = (member: 'roles' | 'flags' | 'hardening' | 'lacking'): Field => ({
  format: (statement) => statement[member].join(',') || '-',
  pattern: /^(?:-|[a-z0-9-]+(?:,[a-z0-9-]+)*)$/,
  parse: (value) => (value === '-' ? [] : value.split(',')),
});
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** In the order of the lines. */
const FIELDS: Readonly<Record<keyof AttestationStatement, Field>> = {
  server: text('server', /^https?:\/\/[^\s\p{Cc}]{1,255}$/u),
  nonce: text('nonce', NONCE),
  time: text('time', INSTANT),
  release: text('release', new RegExp(`^none$|${DIGEST.source}`)),
  version: text('version', /^\d+\.\d+\.\d+$/),
  epoch: count('epoch'),
  node: text('node', /^\d+\.\d+\.\d+$/),
  roles: list('roles'),
  flags: list('flags'),
  hardening: list('hardening'),
  lacking: list('lacking'),
  seccomp: text('seccomp', /^(?:[0-9]|unknown)$/),
  stages: count('stages'),
  measurement: text('measurement', DIGEST),
  selfTests: count('selfTests'),
  uptimeSeconds: count('uptimeSeconds'),
  rechecked: text('rechecked', new RegExp(`^never$|${INSTANT.source}`)),
};
const NAMES = Object.keys(FIELDS) as (keyof AttestationStatement)[];
/** `uptimeSeconds` is the line `uptime-seconds`. */
const lineName = (member: string): string => member.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The text of the note. */
export function formatStatement(statement: AttestationStatement): string {
  return `${TITLE}\n${NAMES.map((name) => `${lineName(name)} ${FIELDS[name].format(statement)}\n`).join('')}`;
}

/** Exactly what `formatStatement` writes. Throws `LogFormatError`. */
export function parseStatement(body: string): AttestationStatement {
  const [title, ...lines] = body.split('\n');
  if (title !== TITLE || lines.length !== NAMES.length + 1 || lines.at(-1) !== '') throw new LogFormatError('note-malformed', 'it is no attestation of this version');
  const members = NAMES.map((name, at) => {
    const prefix = `${lineName(name)} `;
    const value = lines[at]!.startsWith(prefix) ? lines[at]!.slice(prefix.length) : '';
    if (!FIELDS[name].pattern.test(value)) throw new LogFormatError('note-malformed', `the line ${lineName(name)} of the attestation is malformed`);
    return [name, FIELDS[name].parse(value)];
  });
  return Object.fromEntries(members) as AttestationStatement;
}

export interface AttestationDemands {
  /** The one that was sent. */
  readonly nonce: string;
  /** Digest of the release that is expected; null: any, and none. */
  readonly release: string | null;
  /** How old the statement may be. */
  readonly ageSecondsMax: number;
  readonly nowMillis: number;
}

export type AttestationVerdict = { readonly ok: true; readonly statement: AttestationStatement } | { readonly ok: false; readonly reason: string };

/** Clocks differ. */
const SKEW_MILLIS = 60_000;

/** Whether one of the keys has signed it, for this nonce and lately, and it is the release that is expected. */
export function verifyAttestation(bytes: Uint8Array, keys: readonly VerifierKey[], demands: AttestationDemands): AttestationVerdict {
  let note: Note;
  let statement: AttestationStatement;
  try {
    note = parseNote(bytes);
    statement = parseStatement(note.text);
  } catch (error) {
    if (error instanceof LogFormatError) return { ok: false, reason: error.message };
    throw error;
  }
  const verdict = verifyNote(note, keys);
  if (!verdict.ok) return { ok: false, reason: 'its signature is false' };
  if (verdict.verified.length === 0) return { ok: false, reason: 'none of the keys that are trusted has signed it' };
  if (statement.nonce !== demands.nonce) return { ok: false, reason: 'it is for another nonce' };
  const ageMillis = demands.nowMillis - Date.parse(statement.time);
  if (ageMillis > demands.ageSecondsMax * 1000 + SKEW_MILLIS) return { ok: false, reason: `it is of ${statement.time}, which is too long ago` };
  if (ageMillis < -SKEW_MILLIS) return { ok: false, reason: `it is of ${statement.time}, which is to come` };
  if (demands.release !== null && statement.release !== demands.release) return { ok: false, reason: `the release that runs is ${statement.release}` };
  return { ok: true, statement };
}
