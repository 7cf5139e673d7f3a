import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { type PagingDto, strictDecimal } from '#platform/http/paging.dto.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';

/** A path parameter that is the number of a version, counted from 1; else 422 with its pointer. */
@Injectable()
export class VersionParam implements PipeTransform<unknown, number> {
  transform(value: unknown, metadata: ArgumentMetadata): number {
    return versionIn(value, `path:${metadata.data ?? 'version'}`);
  }
}

/** Of a list of versions, where the cursor is the last one before; null on the first page. */
export function versionCursor({ cursor }: PagingDto): string | null {
  return cursor === undefined ? null : String(versionIn(cursor, 'query:cursor'));
}

function versionIn(value: unknown, pointer: string): number {
  const version = strictDecimal(value);
  if (typeof version === 'number' && version > 0) return version;
  throw Fault.at(REQUEST_FAULTS['invalid-request'], pointer, 'wrong-format', 'the number of a version, from 1 on');
}
