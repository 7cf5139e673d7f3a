import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import type { Tx } from '#platform/database/unit-of-work.js';
import { noteQuota } from '#platform/system/request-context.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { BUDGET_SECONDS, type BudgetName, chargeOf, waitSecondsFor } from './domain/budget.js';
import { SIMULATION_FAULTS } from './domain/simulation.faults.js';
import { BudgetRepository, type Spent } from './persistence/budget.repository.js';

const NAMES: readonly BudgetName[] = ['hour', 'day'];

/** What submissions cost their principals. */
@Injectable()
export class SubmissionBudget {
  constructor(
    private readonly budgets: BudgetRepository,
    private readonly config: Config,
  ) {}

  /**
   * Charged in the transaction that queues the job: what comes to nothing is not spent, and a repetition with the same
   * Idempotency-Key does not come by here. Throws `simulation-budget-exceeded`, which undoes the transaction.
   */
  async charge(tx: Tx, principal: Principal, costUnits: number): Promise<void> {
    const { budgets } = this.config.simulation;
    const spent = await this.budgets.charge(tx, principal.id, costUnits, budgets);
    if (spent === null) throw this.refusal(costUnits, await this.budgets.spent(tx, principal.id, budgets));
    this.tell(spent, 0);
  }

  private refusal(costUnits: number, spent: Spent): Fault {
    const { budgets } = this.config.simulation;
    const waits = NAMES.map((name) => ({ name, seconds: waitSecondsFor(spent[name], chargeOf(costUnits, budgets[name]), budgets[name], BUDGET_SECONDS[name]) }));
    const longest = waits.reduce((one, other) => (other.seconds > one.seconds ? other : one));
    const { name } = longest;
    // It can have flowed back between the two statements.
    const waitSeconds = Math.max(1, longest.seconds);
    this.tell(spent, waitSeconds);
    const unitsLeft = Math.max(0, Math.floor(budgets[name] - spent[name]));
    return new Fault(SIMULATION_FAULTS['simulation-budget-exceeded'], {
      detail: `The simulation is estimated at ${costUnits} units; ${unitsLeft} are left of the ${budgets[name]} that you may spend in one ${name}.`,
      members: { budget: name, unitsRequired: costUnits, unitsLeft, unitsAllowed: budgets[name] },
      headers: { 'Retry-After': String(waitSeconds) },
    });
  }

  private tell(spent: Spent, waitSeconds: number): void {
    const { budgets } = this.config.simulation;
    for (const name of NAMES) {
      const windowSeconds = BUDGET_SECONDS[name];
      const resetSeconds = waitSeconds > 0 ? waitSeconds : Math.ceil((spent[name] / budgets[name]) * windowSeconds);
      noteQuota({ name: `simulation-${name}`, limit: budgets[name], windowSeconds, remaining: Math.max(0, Math.floor(budgets[name] - spent[name])), resetSeconds });
    }
  }
}
