import type { PagingDto } from '#platform/http/paging.dto.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { PageRequest } from '../domain/page.js';
import { isUuid } from '../domain/project.js';

/** Of a list in the order of UUIDs, where the cursor is the last one's id. Anything else would be an error of the database. */
export function pageById({ limit, cursor }: PagingDto): PageRequest {
  if (cursor !== undefined && !isUuid(cursor)) throw Fault.at(REQUEST_FAULTS['invalid-request'], 'query:cursor', 'wrong-format', 'a cursor that this list returned');
  return { limit, after: cursor ?? null };
}
