import { type CheckOrder, checkProgram, type ProgramCheck } from './program-check.js';

/** A thread's task: the same check as on the main thread, for programs that would hold it up. */
export default function check(order: CheckOrder): ProgramCheck {
  return checkProgram(order);
}
