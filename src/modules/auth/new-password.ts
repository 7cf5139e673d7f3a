import { Fault } from '#pure/fault/fault.js';
import { AUTH_FAULTS } from './domain/auth.faults.js';
import { PASSWORD_REFUSALS, refusalOfPassword } from './domain/password-policy.js';

/** Throws `password-rejected` at `pointer` unless the policy takes the password. `accountNames`: what it must not be made of. */
export function requirePassword(password: string, pointer: string, accountNames: readonly string[]): void {
  const refusal = refusalOfPassword(password, accountNames);
  if (refusal !== null) throw Fault.at(AUTH_FAULTS['password-rejected'], pointer, refusal, PASSWORD_REFUSALS[refusal]);
}
