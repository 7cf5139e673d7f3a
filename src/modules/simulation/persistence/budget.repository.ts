import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { BUDGET_SECONDS, type BudgetName, type Budgets, chargeOf } from '../domain/budget.js';

/** Units that have not flowed back yet, of each budget. */
export type Spent = Budgets;

/** `column` as it stands now, in the budget that is parameter `limit`. Clocks of two transactions may overtake each other. */
function left(name: BudgetName, limit: string): string {
  const seconds = 'greatest(0, extract(epoch FROM now() - budget.counted_at))::float8';
  return `greatest(0, budget.${name}_units - ${seconds} * ${limit}::float8 / ${BUDGET_SECONDS[name]})`;
}

/** The row is locked until the end of the transaction: who submits at the same time is counted after it. No row: there is no room. */
const CHARGE: Statement = {
  name: 'simulation.charge-budget',
  text: `
    INSERT INTO simulation.budget AS budget (principal_id, hour_units, day_units, counted_at) VALUES ($1, $2, $3, now())
    ON CONFLICT (principal_id) DO UPDATE
       SET hour_units = ${left('hour', '$4')} + excluded.hour_units, day_units = ${left('day', '$5')} + excluded.day_units,
           counted_at = greatest(budget.counted_at, now())
     WHERE ${left('hour', '$4')} + excluded.hour_units <= $4 AND ${left('day', '$5')} + excluded.day_units <= $5
    RETURNING hour_units AS hour, day_units AS day`,
};

const SPENT: Statement = {
  name: 'simulation.spent-budget',
  text: `SELECT ${left('hour', '$2')} AS hour, ${left('day', '$3')} AS day FROM simulation.budget WHERE principal_id = $1`,
};

/** What principals have spent of their budgets, by the database's clock: the same for all replicas. */
@Injectable()
export class BudgetRepository {
  /** Charges both budgets, or neither; null when one of them has no room. */
  async charge(tx: Tx, principalId: string, costUnits: number, budgets: Budgets): Promise<Spent | null> {
    const { hour, day } = budgets;
    const [row] = await rowsOf<Spent>(tx, CHARGE, [principalId, chargeOf(costUnits, hour), chargeOf(costUnits, day), hour, day]);
    return row ?? null;
  }

  async spent(reading: Reading, principalId: string, { hour, day }: Budgets): Promise<Spent> {
    const [row] = await rowsOf<Spent>(reading, SPENT, [principalId, hour, day]);
    return row ?? { hour: 0, day: 0 };
  }
}
