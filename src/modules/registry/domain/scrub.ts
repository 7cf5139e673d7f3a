import type { RunFinding, RunReport } from './upkeep-run.js';

/** What was looked at, and what of it is wrong. */
const COUNTS = ['files', 'orphans', 'orphanBytes', 'missing', 'blobs', 'manifests', 'tags', 'damaged'] as const;
export type ScrubCounts = Readonly<Record<(typeof COUNTS)[number], number>>;

export interface ScrubReport extends ScrubCounts {
  /** The first hundred things that are wrong. */
  readonly findings: readonly RunFinding[];
}

/** A piece of the work. */
export interface Looked {
  /** Where the next piece of this part begins; null: the part is done. */
  readonly next: string | null;
  readonly counts: Partial<ScrubCounts>;
  readonly findings: readonly RunFinding[];
}

/** Without those of blobs when everything is looked at: their bytes are read all the time, and not for a run. */
export const PARTS_OF_ALL = ['files', 'manifests', 'tags'] as const;
export const PARTS_OF_SCOPE = ['blobs', 'manifests', 'tags'] as const;
export type ScrubPart = (typeof PARTS_OF_ALL | typeof PARTS_OF_SCOPE)[number];

/** How far a run has come. What is done after it was kept and lost with a crash is done again, and harms nothing. */
export interface ScrubProgress {
  /** The part and the place in it, with a space between; null at the end. */
  readonly cursor: string | null;
  readonly report: ScrubReport;
}

const FINDINGS_MAX = 100;
const NOTHING: ScrubReport = { files: 0, orphans: 0, orphanBytes: 0, missing: 0, blobs: 0, manifests: 0, tags: 0, damaged: 0, findings: [] };

/** From what a run's row says. */
export function progressOf(cursor: string, report: RunReport): ScrubProgress {
  return { cursor, report: { ...NOTHING, ...(report as Partial<ScrubReport>) } };
}

export const BEGINNING: ScrubProgress = { cursor: '', report: NOTHING };

/** The part that the cursor is in, and the place in it. */
export function placeOf(cursor: string, parts: readonly ScrubPart[]): { readonly part: ScrubPart; readonly after: string } {
  const space = cursor.indexOf(' ');
  const part = parts.find((each) => each === cursor.slice(0, Math.max(0, space)));
  return part === undefined ? { part: parts[0]!, after: '' } : { part, after: cursor.slice(space + 1) };
}

export function advanced({ report }: ScrubProgress, part: ScrubPart, parts: readonly ScrubPart[], { next, counts, findings }: Looked): ScrubProgress {
  const following = next === null ? parts[parts.indexOf(part) + 1] : part;
  const summed = Object.fromEntries(COUNTS.map((count) => [count, report[count] + (counts[count] ?? 0)])) as unknown as ScrubCounts;
  return { cursor: following === undefined ? null : `${following} ${next ?? ''}`, report: { ...summed, findings: [...report.findings, ...findings].slice(0, FINDINGS_MAX) } };
}
