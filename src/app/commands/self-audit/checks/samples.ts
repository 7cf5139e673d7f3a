import type { Answer } from '../exchange.js';
import type { Target } from '../target.js';

/** Where nothing is, in any version. */
export const NOWHERE = '/v1/nothing-of-this-name';
/** A route that wants a credential, and that everybody with one may ask. */
export const OWN_ACCOUNT = '/v1/auth/me';
export const LOGIN = '/v1/auth/login';
export const JSON_TYPE = ['Content-Type', 'application/json'] as const;

/** A body for the login that is refused before anybody's name is looked up. */
export const postToLogin = (body: string | Buffer, type = 'application/json', ...more: readonly (readonly [string, string])[]) =>
  ({ method: 'POST', headers: [['Content-Type', type], ...more] as const, body });

export interface Sample {
  readonly of: string;
  readonly answer: Answer;
}

/** An answer of every sort: a probe, a refusal, an absence, a failure of the parser. */
export async function apiSamples(target: Target): Promise<readonly Sample[]> {
  return [
    { of: 'a probe', answer: await target.ask('/health/live') },
    { of: 'a 401', answer: await target.ask(OWN_ACCOUNT) },
    { of: 'a path that is not there', answer: await target.ask(NOWHERE) },
    { of: 'a body that is no JSON', answer: await target.ask(LOGIN, postToLogin('{')) },
  ];
}

export async function allSamples(target: Target): Promise<readonly Sample[]> {
  return [...(await apiSamples(target)), { of: 'the documentation', answer: await target.ask('/docs') }, { of: 'the description of the API', answer: await target.ask('/openapi.json') }];
}

export const header = ({ headers }: Answer, name: string): string | null => headers.get(name)?.join(', ') ?? null;

/** The samples whose header is not as it should be, in a sentence; null when there is none. */
export function unlike(samples: readonly Sample[], name: string, should: RegExp): string | null {
  const bad = samples.find(({ answer }) => !should.test(header(answer, name) ?? ''));
  return bad === undefined ? null : `${name} of ${bad.of} is ${header(bad.answer, name) ?? 'not there'}`;
}

export function present(samples: readonly Sample[], name: string): string | null {
  const bad = samples.find(({ answer }) => answer.headers.has(name));
  return bad === undefined ? null : `${bad.of} has ${name}: ${header(bad.answer, name)}`;
}

export function statusIn({ status }: Answer, wanted: readonly number[], of = 'it'): string | null {
  return status !== null && wanted.includes(status) ? null : `${of} was answered ${status ?? 'not at all'}, not ${wanted.join(' or ')}`;
}

/** An end of the connection without an answer is a refusal too, of what no client sends. */
export function refusedWith(answer: Answer, wanted: readonly number[]): string | null {
  return answer.status === null ? null : statusIn(answer, wanted);
}

/** The body as an object; empty where it is none. */
export function members({ body }: Answer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** What two answers may differ in without telling anything: who asked, and when. */
export function comparable(answer: Answer): string {
  const { requestId: _, ...told } = members(answer);
  return JSON.stringify([answer.status, told]);
}
