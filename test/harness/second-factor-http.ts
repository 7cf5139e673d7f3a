import { call } from './api.js';
import { fromBase32 } from './second-factor.js';
import type { RunningServer } from './server.js';
import { hotp, stepAt } from '../../src/modules/auth/domain/totp.js';

/** What a person's application holds. */
export interface Generator {
  readonly secret: string;
  /** The newest step that a code was taken of: each is taken once. */
  step: number;
}

const nextCode = (generator: Generator): string => {
  generator.step = Math.max(generator.step + 1, stepAt(Date.now()) - 1);
  return hotp(fromBase32(generator.secret), generator.step);
};

interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
}

/** Adds a generator of codes to the account of a fresh token; gives the token's successor, at aal2. */
export async function enrolOverHttp(server: Pick<RunningServer, 'url'>, token: string): Promise<{ readonly token: string; readonly generator: Generator }> {
  const begun = await call<{ secret: string }>(server, 'POST', '/v1/auth/mfa/totp', { token });
  if (begun.status !== 200) throw new Error(`enrolment: ${begun.status} ${begun.text}`);
  const generator = { secret: begun.body.secret, step: 0 };
  const confirmed = await call<Tokens>(server, 'POST', '/v1/auth/mfa/totp/confirm', { token, json: { code: nextCode(generator) } });
  if (confirmed.status !== 200) throw new Error(`confirmation: ${confirmed.status} ${confirmed.text}`);
  return { token: confirmed.body.access_token, generator };
}

/** A login with both factors. Of one account three in half a minute: codes are taken of three steps, each once. */
export async function loginWithCode(server: Pick<RunningServer, 'url'>, username: string, password: string, generator: Generator): Promise<string> {
  const first = await call<{ ticket: string }>(server, 'POST', '/v1/auth/login', { json: { username, password } });
  const second = await call<Tokens>(server, 'POST', '/v1/auth/mfa/verify', { json: { ticket: first.body.ticket, factor: 'totp', code: nextCode(generator) } });
  if (second.status !== 200) throw new Error(`second factor of ${username}: ${second.status} ${second.text}`);
  return second.body.access_token;
}
