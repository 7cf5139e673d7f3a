import { Injectable } from '@nestjs/common';
import { rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';

const COUNT: Statement = { name: 'audit.erased-subjects-count', text: 'SELECT count(*)::integer AS count FROM audit.erased_subject' };
const ALL: Statement = { name: 'audit.erased-subjects', text: 'SELECT subject, erased_at AS "erasedAt" FROM audit.erased_subject ORDER BY erased_at, subject' };

/** Whom nothing is kept of any more, for who writes it down elsewhere. Rows are added and never go. */
@Injectable()
export class ErasedSubjectRepository {
  async count(tx: Tx): Promise<number> {
    return (await rowsOf<{ count: number }>(tx, COUNT))[0]!.count;
  }

  all(tx: Tx): Promise<{ readonly subject: string; readonly erasedAt: Date }[]> {
    return rowsOf(tx, ALL);
  }
}
