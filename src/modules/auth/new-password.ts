import { Fault } from '#pure/fault/fault.js';
import { AUTH_FAULTS } from './domain/auth.faults.js';
import { PASSWORD_REFUSALS, refusalOfPassword } from './domain/password-policy.js';

/** Throws `password-rejected` at `pointer` unless the policy takes the password. `accountNames`: what it must not be made of. With a second factor it may be shorter. */
export function requirePassword(password: string, pointer: string, accountNames: readonly string[], hasSecondFactor = false): void {
  const refusal = refusalOfPassword(password, accountNames, hasSecondFactor);
  if (refusal !== null) throw Fault.at(AUTH_FAULTS['password-rejected'], pointer, refusal, PASSWORD_REFUSALS[refusal]);
}

/** What a password that nobody typed into a request would have to be, in words; null when the policy takes it. */
export function passwordRefusal(password: string, accountNames: readonly string[]): string | null {
  const refusal = refusalOfPassword(password, accountNames);
  return refusal === null ? null : PASSWORD_REFUSALS[refusal];
}
