/** One place where the stored log contradicts itself. */
export interface Mismatch {
  /** Says what is wrong, and names it. The same finding has the same sentence whoever finds it. */
  readonly sentence: string;
  /** The leaf, or the first of those that it is about; null where it is about none. */
  readonly index: number | null;
  /** Null where it is about no one entry. */
  readonly entryId: string | null;
}

/** What a verification found. */
export interface Verification {
  /** Leaves that were looked at. */
  readonly size: number;
  /** In the order of finding; empty when all is well. */
  readonly mismatches: readonly Mismatch[];
}

/** Who reads the report of a log that was rewritten has understood after this many sentences. */
const MISMATCHES_MAX = 100;

/** Gathers mismatches, each once. */
export class Findings {
  private readonly bySentence = new Map<string, Mismatch>();

  constructor(private readonly limit: number = MISMATCHES_MAX) {}

  get mismatches(): readonly Mismatch[] {
    return [...this.bySentence.values()];
  }

  get count(): number {
    return this.bySentence.size;
  }

  /** Nothing more is taken in: whoever goes on looking wastes his time. */
  get isFull(): boolean {
    return this.bySentence.size > this.limit;
  }

  report(sentence: string, index: number | null = null, entryId: string | null = null): void {
    if (this.isFull || this.bySentence.has(sentence)) return;
    const mismatch = this.bySentence.size === this.limit ? { sentence: 'and more: verification stopped here', index: null, entryId: null } : { sentence, index, entryId };
    this.bySentence.set(mismatch.sentence, mismatch);
  }
}
