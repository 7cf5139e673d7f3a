import { filterSql, type RowColumns } from '#pure/policy/filter-sql.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import { rowsOf } from './statement.js';
import type { Reading } from './transaction.js';

/** Where the filter's condition goes in a statement. */
const PLACE = '{filter}';

/**
 * Rows of a list that policy filters. `text` says `{filter}` in its WHERE, where the condition is put: what may not be
 * seen is never read, and a page is full as long as there is something to fill it. The text depends on the policy of who
 * asks, so it is parsed each time.
 */
export async function filteredRowsOf<Row extends object>(reading: Reading, text: string, columns: RowColumns, filter: RowFilter, values: readonly unknown[]): Promise<Row[]> {
  const { sql, parameters } = filterSql(filter, columns, values.length);
  return rowsOf<Row>(reading, { name: null, text: text.replace(PLACE, () => sql) }, [...values, ...parameters]);
}
