import { type Check, firstOf } from '../check.js';
import { allSamples, apiSamples, header, JSON_TYPE, LOGIN, OWN_ACCOUNT, present, type Sample, statusIn, unlike } from './samples.js';

/** A year, in seconds (RFC 6797 leaves it to the site). */
const HSTS_SECONDS_MIN = 31_536_000;
const STRANGER = 'https://stranger.example';

/** Whether a policy lets nothing in by default, has no base, and can be framed by nobody. */
function policyIsClosed(samples: readonly Sample[]): string | null {
  return firstOf(...["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"].map((directive) => unlike(samples, 'content-security-policy', new RegExp(`(^|; ?)${directive}(;|$)`))));
}

export const HEADER_CHECKS: readonly Check[] = [
  {
    name: 'csp-api',
    about: 'nothing that the API answers can load or run anything in a browser',
    needs: [],
    run: async (target) => policyIsClosed(await apiSamples(target)),
  },
  {
    name: 'csp-docs',
    about: 'the documentation loads from its own origin alone, and runs no script that stands in a page',
    needs: [],
    run: async (target) => {
      const page = { of: 'the documentation', answer: await target.ask('/docs') };
      const policy = header(page.answer, 'content-security-policy') ?? '';
      return firstOf(policyIsClosed([page]), /unsafe-|https?:|\*/.test(policy) ? `the policy of the documentation is ${policy}` : null, /<script(?![^>]*\ssrc=)/i.test(page.answer.body) ? 'a script stands in the page' : null);
    },
  },
  { name: 'nosniff', about: 'no type is guessed', needs: [], run: async (target) => unlike(await allSamples(target), 'x-content-type-options', /^nosniff$/) },
  { name: 'framing', about: 'nobody can put a page into theirs', needs: [], run: async (target) => firstOf(unlike(await allSamples(target), 'content-security-policy', /frame-ancestors 'none'/), unlike(await allSamples(target), 'x-frame-options', /^DENY$/)) },
  { name: 'referrer', about: 'no address is told to others', needs: [], run: async (target) => unlike(await allSamples(target), 'referrer-policy', /^(no-referrer|same-origin)$/) },
  {
    name: 'isolation',
    about: 'no other origin shares a window with a page, or embeds what is answered',
    needs: [],
    run: async (target) => firstOf(unlike(await allSamples(target), 'cross-origin-opener-policy', /^same-origin$/), unlike(await allSamples(target), 'cross-origin-resource-policy', /^same-(origin|site)$/)),
  },
  { name: 'permissions-policy', about: 'no page may use camera, microphone or place', needs: [], run: async (target) => unlike(await allSamples(target), 'permissions-policy', /camera=\(\).*geolocation=\(\).*microphone=\(\)/) },
  { name: 'no-store', about: 'what is refused is kept by no cache', needs: [], run: async (target) => unlike((await apiSamples(target)).slice(1), 'cache-control', /\bno-store\b/) },
  {
    name: 'no-store-personal',
    about: 'what is of a person is kept by no cache',
    needs: ['token'],
    run: async (target) => unlike([{ of: 'the own account', answer: await target.ask(OWN_ACCOUNT, { token: target.mustToken() }) }], 'cache-control', /\bno-store\b/),
  },
  {
    name: 'software-unnamed',
    about: 'no header names the software',
    needs: [],
    run: async (target) => firstOf(...(await Promise.all(['server', 'x-powered-by', 'x-aspnet-version', 'via'].map(async (name) => present(await allSamples(target), name))))),
  },
  { name: 'no-cookies', about: 'no cookie is set', needs: [], run: async (target) => present(await allSamples(target), 'set-cookie') },
  {
    name: 'content-types',
    about: 'every body says what it is',
    needs: [],
    run: async (target) => {
      const samples = await allSamples(target);
      const of = (name: string): Sample[] => samples.filter((sample) => sample.of === name);
      return firstOf(
        unlike(samples, 'content-type', /^(application\/(problem\+)?json|text\/html)/),
        unlike([...of('a 401'), ...of('a path that is not there'), ...of('a body that is no JSON')], 'content-type', /^application\/problem\+json/),
        unlike(of('the documentation'), 'content-type', /^text\/html; ?charset=utf-8$/i),
      );
    },
  },
  {
    name: 'hsts',
    about: 'browsers are told to come by https for a year at least, with all names below',
    needs: ['https'],
    run: async (target) => {
      const samples = await allSamples(target);
      const short = samples.find(({ answer }) => !(Number(/max-age=(\d+)/.exec(header(answer, 'strict-transport-security') ?? '')?.[1] ?? 0) >= HSTS_SECONDS_MIN));
      return short === undefined ? unlike(samples, 'strict-transport-security', /includeSubDomains/i) : `Strict-Transport-Security of ${short.of} is ${header(short.answer, 'strict-transport-security') ?? 'not there'}`;
    },
  },
  {
    name: 'cors-closed',
    about: 'a page of a stranger reads nothing',
    needs: [],
    run: async (target) => {
      for (const origin of [STRANGER, 'null']) {
        const answer = await target.ask('/openapi.json', { headers: [['Origin', origin]] });
        const allowed = header(answer, 'access-control-allow-origin');
        if (allowed !== null) return `Access-Control-Allow-Origin for ${origin} is ${allowed}`;
      }
      return null;
    },
  },
  {
    name: 'cors-preflight',
    about: 'a page of a stranger may send nothing that asks before',
    needs: [],
    run: async (target) => {
      const answer = await target.ask(LOGIN, { method: 'OPTIONS', headers: [['Origin', STRANGER], ['Access-Control-Request-Method', 'POST'], ['Access-Control-Request-Headers', 'authorization']] });
      return firstOf(statusIn(answer, [403, 404, 405], 'its preflight'), present([{ of: 'its preflight', answer }], 'access-control-allow-methods'));
    },
  },
  {
    name: 'no-simple-posts',
    about: 'nothing is done by a request that a page can send without asking before',
    needs: [],
    run: async (target) => {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
        const wrong = statusIn(await target.ask(LOGIN, { method: 'POST', headers: [['Content-Type', type]], body: '{"username":"a","password":"b"}' }), [415], `a body of type ${type}`);
        if (wrong !== null) return wrong;
      }
      return null;
    },
  },
  {
    name: 'rate-limit-told',
    about: 'a stranger is told the limit, and what is left of it',
    needs: [],
    run: async (target) => {
      const refused = [{ of: 'a refused login', answer: await target.ask(LOGIN, { method: 'POST', headers: [JSON_TYPE], body: '{}' }) }];
      return firstOf(unlike(refused, 'ratelimit-policy', /^"[a-z-]+";q=\d+;w=\d+/), unlike(refused, 'ratelimit', /^"[a-z-]+";r=\d+/));
    },
  },
];
