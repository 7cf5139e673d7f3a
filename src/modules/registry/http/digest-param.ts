import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import type { PagingDto } from '#platform/http/paging.dto.js';
import { decodeBase64Url, encodeBase64Url } from '#pure/encoding/base64.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { parseContentDigest } from '#pure/oci/content-digest.js';
import type { PageRequest } from '#pure/paging/page.js';

/** A path parameter that is a digest; else 422 with its pointer. */
@Injectable()
export class DigestParam implements PipeTransform<unknown, string> {
  transform(value: unknown, metadata: ArgumentMetadata): string {
    if (typeof value === 'string' && parseContentDigest(value) !== null) return value;
    throw Fault.at(REQUEST_FAULTS['invalid-request'], `path:${metadata.data ?? 'digest'}`, 'wrong-format', 'sha256: with 64 or sha512: with 128 lower-case hex digits');
  }
}

/** Of a list in the order of names, which have characters that a cursor has not. */
export function pageByName({ limit, cursor }: PagingDto, isName: (text: string) => boolean): PageRequest {
  if (cursor === undefined) return { limit, after: null };
  const name = decodeBase64Url(cursor)?.toString('utf8') ?? '';
  if (!isName(name)) throw Fault.at(REQUEST_FAULTS['invalid-request'], 'query:cursor', 'wrong-format', 'a cursor that this list returned');
  return { limit, after: name };
}

export function cursorOf(name: string | null): string | null {
  return name === null ? null : encodeBase64Url(Buffer.from(name, 'utf8'));
}
