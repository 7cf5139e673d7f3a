import { type Check, firstOf } from '../check.js';
import { apiSamples, comparable, header, JSON_TYPE, LOGIN, members, NOWHERE, OWN_ACCOUNT, statusIn } from './samples.js';

/** Words of stack traces, of SQL, and of the software below. */
const INNARDS = /node_modules|\bat .{1,80}:\d+:\d+|\.[jt]s:\d|\b(?:SELECT|INSERT|UPDATE) .{0,80}\b(?:FROM|INTO|SET)\b|SyntaxError|TypeError|ECONN|postgres|typeorm|fastify|nestjs|\/(?:home|root|usr|app|dist)\//i;
const ECHO = 'echo-of-a-stranger';
/** What a directory of source, a web server or an editor leaves, and ways out of the one directory that is served. */
const FILES = ['/.git/config', '/.env', '/docs/..%2fpackage.json'];

export const ERROR_CHECKS: readonly Check[] = [
  {
    name: 'route-unknown',
    about: 'what is not there is a 404 that repeats nothing of the query',
    needs: [],
    run: async (target) => {
      const answer = await target.ask(`${NOWHERE}?access_token=${ECHO}`);
      return firstOf(statusIn(answer, [404]), answer.body.includes(ECHO) ? 'the answer repeats the query' : null);
    },
  },
  {
    name: 'methods-told',
    about: 'a method that a route does not have is a 405 that says which it has',
    needs: [],
    run: async (target) => {
      const answer = await target.ask('/openapi.json', { method: 'DELETE' });
      return firstOf(statusIn(answer, [405]), /\bGET\b/.test(header(answer, 'allow') ?? '') ? null : `Allow is ${header(answer, 'allow') ?? 'not there'}`);
    },
  },
  {
    name: 'error-shape',
    about: 'every refusal is a problem with a type, a title and its own status (RFC 9457)',
    needs: [],
    run: async (target) => {
      const refusals = (await apiSamples(target)).slice(1);
      const bad = refusals.find(({ answer }) => {
        const { type, title, status } = members(answer);
        return typeof type !== 'string' || typeof title !== 'string' || status !== answer.status;
      });
      return bad === undefined ? null : `${bad.of} is answered ${bad.answer.status} with ${bad.answer.body.slice(0, 80)}`;
    },
  },
  {
    name: 'error-leaks',
    about: 'no refusal shows what is beneath: no stack, statement, path or name of software',
    needs: [],
    run: async (target) => {
      const more = [await target.ask('/v1/audit/proofs/consistency?old=-1&new=x'), await target.ask(LOGIN, { method: 'POST', headers: [JSON_TYPE], body: '{"username":1}' })];
      const bodies = [...(await apiSamples(target)).map(({ answer }) => answer.body), ...more.map(({ body }) => body)];
      const found = bodies.map((body) => INNARDS.exec(body)?.[0]).find((word) => word !== undefined);
      return found === undefined ? null : `an answer has ${found}`;
    },
  },
  {
    name: 'challenge',
    about: 'who has no credential is told which kind is wanted, and nothing else (RFC 6750 §3)',
    needs: [],
    run: async (target) => {
      const answer = await target.ask(OWN_ACCOUNT);
      const challenge = header(answer, 'www-authenticate') ?? '';
      return firstOf(statusIn(answer, [401]), /^Bearer\b/.test(challenge) && !challenge.includes('error=') ? null : `the challenge is ${challenge}`);
    },
  },
  {
    name: 'login-one-answer',
    about: 'a login tells neither whether the name nor whether the password was wrong',
    needs: ['token'],
    run: async (target) => {
      const { username } = members(await target.ask(OWN_ACCOUNT, { token: target.mustToken() }));
      const attempt = (name: string) => target.ask(LOGIN, { method: 'POST', headers: [JSON_TYPE], body: JSON.stringify({ username: name, password: 'not a password of anybody' }) });
      const [known, unknown] = [await attempt(typeof username === 'string' ? username : 'owner'), await attempt('nobody-of-this-name')];
      return firstOf(statusIn(unknown, [401]), comparable(known) === comparable(unknown) ? null : 'a name that is there and one that is not are answered differently');
    },
  },
  {
    name: 'files-hidden',
    about: 'no file is served but those of the documentation',
    needs: [],
    run: async (target) => {
      for (const path of FILES) {
        const wrong = statusIn(await target.ask(path), [400, 404], path);
        if (wrong !== null) return wrong;
      }
      return null;
    },
  },
  {
    name: 'directories-hidden',
    about: 'no directory is listed',
    needs: [],
    run: async (target) => (/index of|<a href="\.\.\/?"/i.test((await target.ask('/docs/')).body) ? 'a directory is listed at /docs/' : null),
  },
  {
    name: 'redirects',
    about: 'nobody is sent to another place',
    needs: [],
    run: async (target) => {
      for (const path of ['//stranger.example/', '/%5cstranger.example/..']) {
        const answer = await target.ask(path);
        const location = header(answer, 'location') ?? '';
        if (/stranger/.test(location)) return `${path} leads to ${location}`;
      }
      return null;
    },
  },
];
