import { Authenticator } from '../../src/modules/auth/authenticator.js';
import { hotp, stepAt } from '../../src/modules/auth/domain/totp.js';
import { RecoveryCodes } from '../../src/modules/auth/mfa/recovery-codes.js';
import { TotpEnrolment } from '../../src/modules/auth/mfa/totp-enrolment.js';
import { PasswordLogin } from '#modules/auth/index.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { type AuthScene, SOURCE } from './auth-engine.js';
import type { MovableClock } from './movable-clock.js';

/** RFC 4648 §6, the other way round than the product needs it. */
export function fromBase32(text: string): Buffer {
  const bits = [...text].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g)!.map((octet) => Number.parseInt(octet, 2)));
}

export interface Enrolled {
  readonly id: string;
  readonly username: string;
  readonly password: string;
  readonly codes: readonly string[];
  /** That enrolled it, and is used up. */
  readonly confirmation: string;
  /** The code of now, or of so many steps from now. */
  code(steps?: number): string;
  principal: Principal;
}

/** A person with a generator of codes and, if wanted, recovery codes; the clock stands a step behind the code that enrolled it. */
export async function enrolled(scene: AuthScene, clock: MovableClock, username: string, withRecovery = false): Promise<Enrolled> {
  const person = await scene.person(username);
  const before = await scene.principal(person.username, person.password);
  const { secret } = await scene.engine.get(TotpEnrolment).begin(before);
  const key = fromBase32(secret);
  const code = (steps = 0): string => hotp(key, stepAt(clock.nowMillis()) + steps);
  const confirmation = code(-1);
  const token = await scene.engine.get(TotpEnrolment).confirm(before, confirmation);
  const principal = await scene.engine.get(Authenticator).authenticate(token.accessToken);
  const codes = withRecovery ? await scene.engine.get(RecoveryCodes).make(principal) : [];
  return { ...person, codes, confirmation, code, principal };
}

/** The first half of a login: the ticket that it gives. */
export async function ticketOf(scene: AuthScene, { username, password }: { readonly username: string; readonly password: string }): Promise<string> {
  const outcome = await scene.engine.get(PasswordLogin).login({ username, password, source: SOURCE });
  if (!('ticket' in outcome)) throw new Error(`a password alone let ${username} in`);
  return outcome.ticket;
}

export async function faultOf(attempt: Promise<unknown>): Promise<Fault> {
  const error: unknown = await attempt.then(() => new Error('accepted'), (error: unknown) => error);
  if (error instanceof Fault) return error;
  throw error;
}
