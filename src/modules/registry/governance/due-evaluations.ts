import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { LifecycleRepository } from '../persistence/lifecycle.repository.js';
import { EvaluationOfManifests } from './evaluation.js';

const EVALUATOR = systemPrincipal('registry-evaluation');
/** Each costs some reads and, where there are signatures, a few milliseconds of verifying. */
const BATCH = 100;

/** What a change of policy or keys, a deletion or a crash has left to be looked at. */
@Injectable()
export class DueEvaluations {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly lifecycle: LifecycleRepository,
    private readonly evaluation: EvaluationOfManifests,
  ) {}

  /** Resolves when nothing is due, or the batch is done. */
  async evaluate(): Promise<void> {
    const due = await this.uow.read(EVALUATOR, (reading) => this.lifecycle.due(reading, BATCH));
    for (const place of due) await this.evaluation.tryEvaluate(EVALUATOR, place);
  }
}
