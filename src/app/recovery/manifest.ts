import type { SequenceState } from '#platform/database/table-copy.js';
import { RecoveryRefusal } from './recovery-refusal.js';

const FORMAT = 'quantonium-backup/1';

/** What a backup says of itself: everything else in it is named, with its SHA-256, by the list whose digest stands here. */
export interface Manifest {
  /** ISO 8601, when its snapshot was taken. */
  readonly takenAt: string;
  readonly productVersion: string;
  readonly schema: readonly string[];
  /** The seal that the keys in it are under, as `crypto.seal` has it: a check value, never the key. Null of a database without keys. */
  readonly seal: { readonly type: string; readonly parameters: Readonly<Record<string, unknown>>; readonly checkValue: string } | null;
  /** The last checkpoint in it; the root in hex. */
  readonly ledger: { readonly origin: string; readonly size: number; readonly root: string } | null;
  readonly tables: readonly { readonly name: string; readonly columns: readonly string[]; readonly rows: number }[];
  readonly sequences: readonly SequenceState[];
  /** Null: they were left out, as they are kept elsewhere. `absent`: rows name them, and they went while the backup was made. */
  readonly blobs: { readonly count: number; readonly bytes: number; readonly absent: number } | null;
  /** SHA-256 of the list, in hex. */
  readonly list: string;
}

export function formatManifest(manifest: Manifest): string {
  return `${JSON.stringify({ format: FORMAT, ...manifest }, null, 2)}\n`;
}

type Shape = 'text' | 'hex' | 'count' | 'flag' | 'record' | readonly [Shape] | { readonly [member: string]: Shape } | { readonly orNull: Shape };

const orNull = (shape: Shape): { readonly orNull: Shape } => ({ orNull: shape });

const SHAPE: Shape = {
  takenAt: 'text',
  productVersion: 'text',
  schema: ['text'],
  seal: orNull({ type: 'text', parameters: 'record', checkValue: 'hex' }),
  ledger: orNull({ origin: 'text', size: 'count', root: 'hex' }),
  tables: [{ name: 'text', columns: ['text'], rows: 'count' }],
  sequences: [{ name: 'text', value: 'text', isCalled: 'flag' }],
  blobs: orNull({ count: 'count', bytes: 'count', absent: 'count' }),
  list: 'hex',
};

/** Somebody may have put it there to be restored: every member is what it has to be, or none is read. */
export function parseManifest(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RecoveryRefusal('manifest.json is not JSON: this is no backup, or a damaged one');
  }
  const { format } = (value ?? {}) as { readonly format?: unknown };
  if (format !== FORMAT) throw new RecoveryRefusal(`manifest.json is not of the format ${FORMAT}: this is no backup, or one of another version`);
  const wrong = misshapen(value, SHAPE, 'manifest.json');
  if (wrong !== null) throw new RecoveryRefusal(`${wrong} is not what it has to be: the backup is damaged`);
  return value as Manifest;
}

const SIMPLE: Readonly<Record<string, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string' && value.length <= 1_000,
  hex: (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
  count: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  flag: (value) => typeof value === 'boolean',
  record: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

/** The first member that is not of its shape, by its path; null when all are. */
function misshapen(value: unknown, shape: Shape, path: string): string | null {
  if (typeof shape === 'string') return SIMPLE[shape]!(value) ? null : path;
  if (isList(shape)) {
    if (!Array.isArray(value)) return path;
    return first(value.map((each: unknown, index) => misshapen(each, shape[0], `${path}[${index}]`)));
  }
  if ('orNull' in shape) return value === null ? null : misshapen(value, shape.orNull as Shape, path);
  if (!SIMPLE['record']!(value)) return path;
  return first(Object.entries(shape as Readonly<Record<string, Shape>>).map(([member, of]) => misshapen((value as Record<string, unknown>)[member], of, `${path}.${member}`)));
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}

function first(findings: readonly (string | null)[]): string | null {
  return findings.find((finding) => finding !== null) ?? null;
}
