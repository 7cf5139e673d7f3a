import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';

/** What an artifact of a job has that is told otherwise each time. */
export interface KeptFiles {
  readonly receipt: Buffer;
  readonly drawing: Buffer | null;
}

const FIND: Statement = { name: 'simulation.artifact', text: 'SELECT receipt, drawing FROM simulation.artifact WHERE job_id = $1' };
const KEEP: Statement = {
  name: 'simulation.keep-artifact',
  text: 'INSERT INTO simulation.artifact (job_id, receipt, drawing) VALUES ($1, $2, $3) ON CONFLICT (job_id) DO NOTHING',
};

/** The receipt and the drawing as they were when a job was first pushed: by them, its artifact is the same each time. */
@Injectable()
export class ArtifactRepository {
  async find(reading: Reading, jobId: string): Promise<KeptFiles | null> {
    const [row] = await rowsOf<KeptFiles>(reading, FIND, [jobId]);
    return row ?? null;
  }

  /** Of two that push at once the first is kept, and both are given it. */
  async keep(tx: Tx, jobId: string, { receipt, drawing }: KeptFiles): Promise<KeptFiles> {
    await rowsOf(tx, KEEP, [jobId, receipt, drawing]);
    const [row] = await rowsOf<KeptFiles>(tx, FIND, [jobId]);
    return row!;
  }
}
