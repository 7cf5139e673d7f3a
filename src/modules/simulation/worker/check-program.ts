import { type CheckOrder, checkProgram, type ProgramCheck } from './program-check.js';

/** A thread's task. */
export default function check(order: CheckOrder): ProgramCheck {
  return checkProgram(order);
}
