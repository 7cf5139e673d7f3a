import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { isMainThread } from 'node:worker_threads';

/**
 * For `node --import`: which file each import of the product means, found once in a run. A server imports three thousand
 * modules, and finding them is a third of its start. The first process finds them all and writes them down; whatever is
 * not in its table is found as always. Threads load too little for it to pay.
 */
const file = process.env['TEST_KNOWN_MODULES'];
/** By importer, then by how and what it imports: where that is, and of which format. Places below the checkout start with `./`. */
type Table = Record<string, Record<string, readonly [string, string | null]>>;

const checkout = new URL('../../../', import.meta.url).href;
const short = (url: string): string => (url.startsWith(checkout) ? `./${url.slice(checkout.length)}` : url);
const long = (url: string): string => (url.startsWith('./') ? checkout + url.slice(2) : url);

if (file !== undefined && isMainThread) {
  if (existsSync(file)) useTable(JSON.parse(readFileSync(file, 'utf8')) as Table);
  else makeTable(file);
}

function useTable(table: Table): void {
  registerHooks({
    resolve: (specifier, context, next) => {
      const known = table[short(context.parentURL ?? '')]?.[nameOf(specifier, context.conditions)];
      return known === undefined ? next(specifier, context) : { url: long(known[0]), format: known[1], shortCircuit: true };
    },
  });
}

function makeTable(to: string): void {
  const table: Table = {};
  registerHooks({
    resolve: (specifier, context, next) => {
      const found = next(specifier, context);
      if (/^file:.*\.[cm]?js$/.test(found.url)) (table[short(context.parentURL ?? '')] ??= {})[nameOf(specifier, context.conditions)] = [short(found.url), found.format ?? null];
      return found;
    },
  });
  process.once('exit', () => writeFileSync(to, JSON.stringify(table)));
}

/** `import` and `require` may mean different files. */
function nameOf(specifier: string, conditions: readonly string[]): string {
  return `${conditions.includes('require') ? 'require' : 'import'} ${specifier}`;
}
