import type { PagingDto } from '#platform/http/paging.dto.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';

/** The cursor of these lists is the last id of the page before, which says nothing that the page did not. */
export function lastIdOf(page: PagingDto): string | null {
  if (page.cursor === undefined) return null;
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(page.cursor)) return page.cursor;
  throw Fault.at(REQUEST_FAULTS['invalid-request'], 'query:cursor', 'wrong-format', 'a cursor that this list returned');
}
