import type { Permission } from '#pure/capability/permission.js';
import type { Access, ApprovalDemand, Recording, UnparsedType } from './annotations.js';
import type { BucketName } from './buckets.js';

/** All that the annotations of one handler say, as the pipeline reads them before the handler is anywhere near. */
export interface RoutePolicy {
  /** `POST /v1/simulations`: method and route pattern. */
  readonly route: string;
  readonly method: string;
  /** Fastify's pattern: `/v1/users/:id`. */
  readonly url: string;
  /** `SimulationsController.submit`, for messages at boot and in the log. */
  readonly handler: string;
  readonly access: Access;
  readonly recording: Recording;
  readonly streamed: boolean;
  /** Its handler gets the bytes of the body, and parses them itself: of JSON, or of any type. Null: they are parsed for it. */
  readonly unparsed: UnparsedType | null;
  readonly bodyLimitBytes: number;
  /** Null: the bucket that all routes share. */
  readonly bucket: BucketName | null;
  /** Null: it never asks for a second person. */
  readonly needsApproval: ApprovalDemand | null;
  /** Its success is an authentication: it gives back what it was charged. */
  readonly authenticates: boolean;
  /** Answers also while the process is sealed. */
  readonly whileSealed: boolean;
  /** Names that its query may have more than once. */
  readonly repeatable: readonly string[];
  /** Its handler reads the `Idempotency-Key`. */
  readonly idempotent: boolean;
  /** Whether its handler reads `If-Match`, and refuses to be called without. */
  readonly conditional: 'no' | 'optional' | 'required';
}

export function permissionOf(policy: RoutePolicy): Permission | null {
  return policy.access.kind === 'requires' ? policy.access.permission : null;
}

/** Every route that is served, by method and pattern; the only place where a request finds out what it may do. */
export class RouteTable {
  private readonly byRoute: ReadonlyMap<string, RoutePolicy>;
  private readonly patterns: readonly { readonly matches: RegExp; readonly methods: ReadonlySet<string> }[];

  constructor(readonly policies: readonly RoutePolicy[]) {
    this.byRoute = new Map(policies.map((policy) => [policy.route, policy]));
    const methods = new Map<string, Set<string>>();
    for (const { url, method } of policies) methods.set(url, (methods.get(url) ?? new Set()).add(method));
    this.patterns = [...methods].map(([url, taken]) => ({ matches: expressionOf(url), methods: withHead(taken) }));
  }

  /** HEAD is answered by the GET of the same pattern, unless it has a handler of its own (RFC 9110 §9.3.2). */
  find(method: string, url: string): RoutePolicy | undefined {
    return this.byRoute.get(`${method} ${url}`) ?? (method === 'HEAD' ? this.byRoute.get(`GET ${url}`) : undefined);
  }

  /** The methods that some route takes at this path, sorted; empty when there is nothing at it. Only asked by 404s. */
  methodsAt(path: string): readonly string[] {
    const taken = new Set<string>();
    for (const { matches, methods } of this.patterns) if (matches.test(path)) for (const method of methods) taken.add(method);
    return [...taken].sort();
  }
}

function withHead(methods: Set<string>): ReadonlySet<string> {
  return methods.has('GET') ? new Set([...methods, 'HEAD']) : methods;
}

/** The router's own pattern language as far as it is used here: `:name` is a segment or a part of one, `*` is the rest. */
function expressionOf(url: string): RegExp {
  const source = url
    .split(/(:[A-Za-z0-9_]+|\*[A-Za-z0-9_]*)/)
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.startsWith('*') ? '.*' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`);
}
