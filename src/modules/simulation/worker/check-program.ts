import { type CheckOrder, checkProgram, type ProgramCheck } from './program-check.js';

export interface CheckTask {
  /** The first one, and what the others have in common with it. */
  readonly order: CheckOrder;
  readonly items: readonly (Pick<CheckOrder, 'language' | 'parameters'> & { readonly source?: string })[];
  /** That all of them may come to. */
  readonly operationsLeft: number;
}

/** After so long the thread is somebody else's, and the rest is for another turn. */
const TURN_NANOS = 250_000_000n;

/** A thread's task: reads them one after the other, until its time is over or one of them is wrong. */
export default function check({ order, items, operationsLeft }: CheckTask): readonly ProgramCheck[] {
  // How far one turn comes makes no difference to what is found.
  const startedNanos = process.hrtime.bigint();
  const checks: ProgramCheck[] = [];
  let left = operationsLeft;
  for (const item of items) {
    const { operationsMax = Infinity } = order.limits;
    const check = checkProgram({ ...order, ...item, limits: { ...order.limits, operationsMax: Math.min(operationsMax, left) } });
    checks.push(check);
    if (!check.ok) break;
    left -= check.operations;
    if (process.hrtime.bigint() - startedNanos > TURN_NANOS) break;
  }
  return checks;
}
