import { type Check, firstOf } from '../check.js';
import { header, members, statusIn } from './samples.js';

/** Of RFC 7517 and RFC 7518, and of keys for post-quantum signatures. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];
const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete'];

export const OPERATION_CHECKS: readonly Check[] = [
  {
    name: 'jwks-public',
    about: 'the published keys are public halves',
    needs: [],
    run: async (target) => {
      const { keys } = members(await target.ask('/.well-known/jwks.json'));
      if (!Array.isArray(keys) || keys.length === 0) return 'there are no keys at /.well-known/jwks.json';
      const secret = (keys as Record<string, unknown>[]).flatMap((key) => PRIVATE_MEMBERS.filter((name) => name in key));
      return firstOf(secret.length === 0 ? null : `a key has the member ${secret[0]}`, (keys as Record<string, unknown>[]).every(({ kty, alg }) => kty !== 'oct' && !/^(HS|none)/.test(String(alg))) ? null : 'a key is symmetric');
    },
  },
  { name: 'metrics-closed', about: 'metrics are not for strangers', needs: [], run: async (target) => statusIn(await target.ask('/metrics'), [401, 403, 404]) },
  { name: 'version-closed', about: 'the version is not for strangers', needs: [], run: async (target) => statusIn(await target.ask('/v1/version'), [401, 403, 404]) },
  {
    name: 'health-silent',
    about: 'probes tell no version, host or address',
    needs: [],
    run: async (target) => {
      for (const path of ['/health/live', '/health/ready', '/health/startup']) {
        const { body } = await target.ask(path);
        const told = /"(version|release|hostname|host|uptime|address|pid)"|\b\d+\.\d+\.\d+\b/i.exec(body);
        if (told !== null) return `${path} tells ${told[0]}`;
      }
      return null;
    },
  },
  {
    name: 'docs-local',
    about: 'the documentation loads nothing from elsewhere',
    needs: [],
    run: async (target) => {
      const { status, body } = await target.ask('/docs');
      if (status === 404) return null;
      const foreign = /<(?:script|link|img|iframe)[^>]+(?:src|href)=["']?(?:https?:)?\/\/[^"'> ]+/i.exec(body);
      return firstOf(statusIn({ status, headers: new Map(), body }, [200]), foreign === null ? null : `it has ${foreign[0]}`, body.length > 0 ? null : 'it is empty');
    },
  },
  {
    name: 'inventory',
    about: 'the description has every operation with what it demands, and credentials in headers alone',
    needs: [],
    run: async (target) => {
      const { paths, components } = members(await target.ask('/openapi.json')) as { paths?: Record<string, Record<string, { security?: unknown }>>; components?: { securitySchemes?: Record<string, { in?: string }> } };
      const operations = Object.entries(paths ?? {}).flatMap(([path, item]) => METHODS.flatMap((method) => (item[method] === undefined ? [] : [{ at: `${method} ${path}`, security: item[method].security }])));
      if (operations.length === 0) return 'there are no operations in /openapi.json';
      const silent = operations.find(({ security }) => !Array.isArray(security));
      const inQuery = Object.values(components?.securitySchemes ?? {}).some((scheme) => scheme.in === 'query');
      return firstOf(silent === undefined ? null : `${silent.at} does not say what it demands`, inQuery ? 'a credential may stand in the query' : null);
    },
  },
  {
    name: 'operations-closed',
    about: 'what demands a credential is refused without one: every reading operation without parameters, up to six',
    needs: [],
    run: async (target) => {
      const { paths } = members(await target.ask('/openapi.json')) as { paths?: Record<string, { get?: { security?: readonly unknown[] } }> };
      const closed = Object.entries(paths ?? {}).flatMap(([path, { get }]) => (get?.security?.length === 0 || get === undefined || path.includes('{') ? [] : [path]));
      if (closed.length === 0) return 'no operation demands a credential';
      const step = Math.ceil(closed.length / 6);
      for (const path of closed.filter((_, index) => index % step === 0)) {
        const answer = await target.ask(path);
        const wrong = firstOf(statusIn(answer, [401, 403], path), header(answer, 'cache-control') === null ? `${path} says nothing to caches` : null);
        if (wrong !== null) return wrong;
      }
      return null;
    },
  },
];
