import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SequencerUnitOfWork } from '#platform/database/unit-of-work.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { prepareAnchorDirectory, syncDirectory } from '../attestation/file-anchor.js';
import { isUuid } from '#pure/uuid/uuid.js';
import { ErasedSubjectRepository } from '../persistence/erased-subject.repository.js';

/** Somebody who was erased: the id of an account, which means nothing once the account is emptied. */
export interface ErasureNote {
  readonly subject: string;
  readonly erasedAt: Date;
}

/** Beside the anchors, which a backup does not take along either. */
export const ERASURE_JOURNAL = 'subjects.erased';
const KEEPER = systemPrincipal('erasure-journal');
const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants;

/**
 * Who was erased, outside of the database: a backup from before an erasure brings the person back, and whoever restores
 * it has to know. A line a person; a file that is there and empty says that nobody was. Each machine with the role
 * `ledger` keeps its own, of everybody, and adds what it lacks. The torn line that a crash leaves is written again whole.
 */
export class ErasureJournal {
  private written: Set<string> | null = null;

  /** `forbidden`: production has the file outside of this directory. */
  constructor(
    private readonly units: SequencerUnitOfWork,
    private readonly rows: ErasedSubjectRepository,
    private readonly directory: string,
    private readonly forbidden: string | null,
  ) {}

  /** Returns how many were added. When it resolves, all that were erased before the call stand in the file, and survive a power cut. */
  async write(): Promise<number> {
    const { erased, count } = await this.units.run(KEEPER, async (tx) => {
      const count = await this.rows.count(tx);
      return { count, erased: this.written?.size === count ? [] : await this.rows.all(tx) };
    });
    if (this.written?.size === count) return 0;
    await prepareAnchorDirectory(this.directory, this.forbidden);
    const path = join(this.directory, ERASURE_JOURNAL);
    const file = await open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
    try {
      const text = await file.readFile('utf8');
      const known = new Set(notesIn(text).map(({ subject }) => subject));
      const lacking = erased.filter(({ subject }) => !known.has(subject));
      const lines = lacking.map(({ subject, erasedAt }) => `${JSON.stringify({ subject, erasedAt: erasedAt.toISOString() })}\n`).join('');
      if (lines !== '') await file.appendFile(text === '' || text.endsWith('\n') ? lines : `\n${lines}`);
      await file.sync();
      if (text === '') await syncDirectory(this.directory);
      this.written = new Set(erased.map(({ subject }) => subject));
      return lacking.length;
    } finally {
      await file.close();
    }
  }
}

/** Null when there is no such file: then nobody knows who was erased. */
export async function readErasureJournal(path: string): Promise<readonly ErasureNote[] | null> {
  try {
    return notesIn(await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** What is no line of ours was torn, and stands again further down. */
function notesIn(text: string): readonly ErasureNote[] {
  return text.split('\n').flatMap((line) => {
    try {
      const { subject, erasedAt } = JSON.parse(line) as { subject: unknown; erasedAt: unknown };
      const at = new Date(String(erasedAt));
      return typeof subject === 'string' && isUuid(subject) && !Number.isNaN(at.getTime()) ? [{ subject, erasedAt: at }] : [];
    } catch {
      return [];
    }
  });
}
