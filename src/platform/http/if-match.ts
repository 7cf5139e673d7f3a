import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { ExpectedVersion } from '../database/expected-version.js';
import { valuesOf } from './credential.js';

/** The entity tag of a version: strong (RFC 9110 §8.8.3), so that If-Match takes it. */
export function etagOf({ version }: { readonly version: number }): string {
  return `"${version}"`;
}

const TAG_LIST = /^(?:W\/)?"[\x21\x23-\x7e]*"(?:[ \t]*,[ \t]*(?:W\/)?"[\x21\x23-\x7e]*")*$/;
const TAG = /(W\/)?"([^"]*)"/g;
const VERSION = /^[1-9]\d{0,15}$/;

/**
 * Reads what `IfMatch` gives. By this function the annotation check knows the routes that take a condition. A weak tag,
 * or one that we never gave, is well-formed and matches nothing (RFC 9110 §13.1.1).
 */
export function readIfMatch(_: unknown, context: ExecutionContext): ExpectedVersion {
  const values = valuesOf(context.switchToHttp().getRequest<FastifyRequest>().raw.rawHeaders, 'if-match');
  if (values.length === 0) return null;
  const value = values.join(', ').trim();
  if (value === '*') return null;
  if (!TAG_LIST.test(value)) throw Fault.at(REQUEST_FAULTS['invalid-request'], 'header:If-Match', 'wrong-format', 'the ETag of the resource, or *');
  const tags = [...value.matchAll(TAG)].filter(([, weak, tag]) => weak === undefined && VERSION.test(tag!));
  return new Set(tags.map(([, , tag]) => Number(tag)));
}

/**
 * Reads what `RequiredIfMatch` gives. For what two people may edit at once and both mean the whole of: who has not seen
 * what stands there does not change it (RFC 6585 §3). `*` is still whichever there is, since then it was said.
 */
export function readRequiredIfMatch(data: unknown, context: ExecutionContext): ExpectedVersion {
  const isThere = valuesOf(context.switchToHttp().getRequest<FastifyRequest>().raw.rawHeaders, 'if-match').length > 0;
  if (!isThere) throw Fault.at(REQUEST_FAULTS['precondition-required'], 'header:If-Match', 'missing', 'the ETag of the resource, or *');
  return readIfMatch(data, context);
}

/** Which version the client wants to change, which it has to say. */
export const RequiredIfMatch = createParamDecorator(readRequiredIfMatch);

/** Which version the client wants to change; when it does not say, it wants to change whichever there is. */
export const IfMatch = createParamDecorator(readIfMatch);
