/**
 * What a principal may spend on simulations, in units of cost. A budget is a bucket that leaks: full it stands for what
 * may be spent at once, and within its window it empties evenly. Two numbers a principal, exact on all replicas, where
 * a sliding window would be a row for every job; the price is that a full budget and what flows back during the window
 * can both be spent within it.
 */
export interface Budgets {
  readonly hour: number;
  readonly day: number;
}

export type BudgetName = keyof Budgets;

export const BUDGET_SECONDS: Readonly<Record<BudgetName, number>> = Object.freeze({ hour: 3600, day: 86_400 });

/** What costs more than all of a budget costs all of it: refusing it for ever would make a limit of rates one of sizes. */
export function chargeOf(costUnits: number, budgetUnits: number): number {
  return Math.min(costUnits, budgetUnits);
}

/** Until so much has flowed back that the charge has room; 0 when it has. */
export function waitSecondsFor(spentUnits: number, chargeUnits: number, budgetUnits: number, windowSeconds: number): number {
  return Math.max(0, Math.ceil(((spentUnits + chargeUnits - budgetUnits) / budgetUnits) * windowSeconds));
}
