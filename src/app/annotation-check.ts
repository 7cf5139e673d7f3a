import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/internal';
import { type Access, ACCESS, type ApprovalDemand, AUTHENTICATES, BODY_BYTES, BODY_LIMIT, BUCKET, eventsOf, NEEDS_APPROVAL, type Recording, RECORDING, REPEATABLE, STREAMED_BODY, type UnparsedType, WHILE_SEALED } from '#platform/http/annotations.js';
import { readApprovalRequest } from '#platform/http/approval-request.js';
import { type BucketName, NAMED_BUCKETS } from '#platform/http/buckets.js';
import { ANONYMOUS_BODY_BYTES_MAX, BODY_BYTES_MAX } from '#platform/http/http-settings.js';
import { readIfMatch, readRequiredIfMatch } from '#platform/http/if-match.js';
import { readIdempotencyRequest } from '#platform/http/parameters.js';
import type { RoutePolicy } from '#platform/http/route-policy.js';

/**
 * Reads what every handler states about itself. A handler that states nothing keeps the server from starting: the
 * failure is an exception at boot and not an open route. All complaints are told at once.
 */
export function checkAnnotations(controllers: readonly Type[]): readonly RoutePolicy[] {
  const complaints: string[] = [];
  const policies = controllers.flatMap((controller) => handlersOf(controller).flatMap((name) => policiesOf(controller, name, complaints)));
  const seen = new Set<string>();
  for (const { route, handler } of policies) {
    if (seen.has(route)) complaints.push(`${handler}: ${route} is served twice`);
    seen.add(route);
  }
  if (complaints.length > 0) throw new Error(`handlers without a policy:\n  ${complaints.join('\n  ')}`);
  return [...policies].sort((a, b) => (a.url === b.url ? a.method.localeCompare(b.method) : a.url.localeCompare(b.url)));
}

/** Names of the methods, inherited ones too, that Nest serves. */
function handlersOf(controller: Type): readonly string[] {
  const names = new Set<string>();
  for (let prototype: unknown = controller.prototype; prototype !== null && prototype !== Object.prototype; prototype = Object.getPrototypeOf(prototype)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype as object))) {
      if (typeof value === 'function' && Reflect.hasMetadata(PATH_METADATA, value) && name !== 'constructor') names.add(name);
    }
  }
  return [...names];
}

function policiesOf(controller: Type, name: string, complaints: string[]): readonly RoutePolicy[] {
  const handler = (controller.prototype as Record<string, object>)[name]!;
  const label = `${controller.name}.${name}`;
  const read = <T>(key: string): T | undefined => Reflect.getMetadata(key, handler) as T | undefined;
  const access = read<Access>(ACCESS);
  const recording = read<Recording>(RECORDING);
  const method = RequestMethod[read<RequestMethod>(METHOD_METADATA) ?? RequestMethod.ALL];
  const bucket = read<BucketName>(BUCKET) ?? null;
  const streamed = read<boolean>(STREAMED_BODY) ?? false;
  if (access === undefined) complaints.push(`${label} states neither @Requires nor @Public`);
  if (recording === undefined) complaints.push(`${label} states neither @Audited, @AuditedWhen nor @Unaudited`);
  if (method === 'ALL') complaints.push(`${label} must name its method`);
  if (access?.kind === 'public' && access.reason.trim() === '') complaints.push(`${label} is public without a reason`);
  if (recording !== undefined && recording.kind !== 'audited' && recording.reason.trim() === '') complaints.push(`${label} is ${recording.kind} without a reason`);
  if (recording?.kind === 'audited-when' && method !== 'GET') complaints.push(`${label} is more than a read and not always recorded`);
  if (access?.kind === 'public' && streamed) complaints.push(`${label} streams the bodies of strangers`);
  if (bucket !== null && !Object.hasOwn(NAMED_BUCKETS, bucket)) complaints.push(`${label} names the unknown bucket ${bucket}`);
  if (access?.kind === 'requires' && read<boolean>(AUTHENTICATES) === true) complaints.push(`${label} authenticates who is authenticated already`);
  const whileSealed = read<boolean>(WHILE_SEALED) ?? false;
  if (access?.kind === 'requires' && whileSealed) complaints.push(`${label} needs a principal, whom nobody can know while the process is sealed`);
  const unparsed = read<UnparsedType>(BODY_BYTES) ?? null;
  if (unparsed !== null && streamed) complaints.push(`${label} takes its body in two ways`);
  const needsApproval = read<ApprovalDemand>(NEEDS_APPROVAL) ?? null;
  if (needsApproval !== null && access?.kind === 'public') complaints.push(`${label} asks strangers for a second person`);
  if (needsApproval !== null && streamed) complaints.push(`${label} asks for an approval of a body that nobody can hash beforehand`);
  if ((needsApproval !== null) !== takes(controller, name, readApprovalRequest)) complaints.push(`${label} takes ApprovalRequest or states @NeedsApproval, and not both`);
  if (needsApproval?.when?.trim() === '') complaints.push(`${label} needs an approval when it does not say`);
  if (access === undefined || recording === undefined || method === undefined) return [];
  const limit = read<number>(BODY_LIMIT) ?? BODY_BYTES_MAX;
  // 16 KiB is what an unauthenticated caller may send at most, whatever the route says.
  const bodyLimitBytes = access.kind === 'public' ? Math.min(limit, ANONYMOUS_BODY_BYTES_MAX) : limit;
  const authenticates = read<boolean>(AUTHENTICATES) ?? false;
  const repeatable = read<readonly string[]>(REPEATABLE) ?? [];
  const idempotent = takes(controller, name, readIdempotencyRequest);
  const conditional = takes(controller, name, readRequiredIfMatch) ? 'required' : takes(controller, name, readIfMatch) ? 'optional' : 'no';
  return urlsOf(controller, handler).map((url) => ({ route: `${method} ${url}`, method, url, handler: label, access, recording, streamed, unparsed, bodyLimitBytes, bucket, needsApproval, authenticates, whileSealed, repeatable, idempotent, conditional }));
}

/** Nest keeps the reader of each decorated parameter beside the class. */
function takes(controller: Type, name: string, reader: unknown): boolean {
  const parameters = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {}) as Record<string, { readonly factory?: unknown }>;
  return Object.values(parameters).some(({ factory }) => factory === reader);
}

/** Nest joins the paths of controller and handler; both may be lists. */
function urlsOf(controller: Type, handler: object): readonly string[] {
  const paths = (target: object): readonly string[] => [(Reflect.getMetadata(PATH_METADATA, target) ?? '') as string | string[]].flat();
  return paths(controller).flatMap((above) => paths(handler).map((below) => normal(`${above}/${below}`)));
}

function normal(path: string): string {
  const joined = `/${path}`.replaceAll(/\/{2,}/g, '/');
  return joined.length > 1 && joined.endsWith('/') ? joined.slice(0, -1) : joined;
}

const RECORDED = { audited: 'audited', 'audited-when': 'for some audited' } as const;

/** One line a route, for the golden file of the surface. */
export function surfaceLine({ route, access, recording, streamed, unparsed, bodyLimitBytes, bucket, needsApproval, authenticates, whileSealed, repeatable, idempotent, conditional }: RoutePolicy): string {
  const who = access.kind === 'requires' ? `requires ${access.permission.name} (${access.permission.scope})` : 'public';
  const record = recording.kind === 'unaudited' ? 'unaudited' : `${RECORDED[recording.kind]} ${eventsOf(recording).map(({ code }) => code).join(' or ')} (${recording.mode})`;
  const extras = [streamed ? 'streamed' : `${unparsed === null ? 'body' : unparsed === 'any' ? 'bytes' : `${unparsed} bytes`} ${bodyLimitBytes}`, ...(bucket === null ? [] : [`bucket ${bucket}`]), ...(needsApproval === null ? [] : [needsApproval.when === null ? 'needs approval' : `needs approval ${needsApproval.when}`]), ...(authenticates ? ['authenticates'] : []), ...(whileSealed ? ['while sealed'] : []), ...(repeatable.length > 0 ? [`repeats ${repeatable.join(', ')}`] : []), ...(idempotent ? ['idempotency key'] : []), ...(conditional === 'no' ? [] : [conditional === 'required' ? 'if-match required' : 'if-match'])];
  return [route, who, record, ...extras].join(' · ');
}
