import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
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

/**
 * Packages that bring all of themselves in one file as well: as they are imported, they are a third of the modules that
 * a server loads. The file, and what of its exports is meant.
 */
const IN_ONE_FILE: Readonly<Record<string, readonly [file: string, member?: string]>> = {
  'class-validator': ['class-validator/bundles/class-validator.umd.js'],
  'es-toolkit/compat': ['es-toolkit/dist/browser.global.js'],
  'rxjs': ['rxjs/dist/bundles/rxjs.umd.js'],
  'rxjs/operators': ['rxjs/dist/bundles/rxjs.umd.js', 'operators'],
};

/** Whoever imports them: two importers of one package must not get two of it. */
const ANYBODY = '*';

if (file !== undefined && isMainThread) {
  if (existsSync(file)) useTable(JSON.parse(readFileSync(file, 'utf8')) as Table);
  else makeTable(file);
}

function useTable(table: Table): void {
  registerHooks({
    resolve: (specifier, context, next) => {
      const name = nameOf(specifier, context.conditions);
      const known = table[ANYBODY]![name] ?? table[short(context.parentURL ?? '')]?.[name];
      return known === undefined ? next(specifier, context) : { url: long(known[0]), format: known[1], shortCircuit: true };
    },
  });
}

/** A module for each that names its exports, as `import` needs them, is written into the directory. */
function inOneFile(directory: string): Table[string] {
  mkdirSync(directory);
  const require = createRequire(import.meta.url);
  const entries = Object.entries(IN_ONE_FILE).flatMap(([specifier, [file, member]]): [string, Table[string][string]][] => {
    const url = new URL(`node_modules/${file}`, checkout);
    const whole = require(fileURLToPath(url)) as Record<string, object>;
    const names = Object.keys(member === undefined ? whole : whole[member]!).filter((name) => name !== 'default');
    const written = join(directory, `${specifier.replaceAll('/', '-')}.mjs`);
    const lines = [
      `import whole from ${JSON.stringify(url.href)};`,
      `const { ${names.map((name) => `${name}: _${name}`).join(', ')} } = whole${member === undefined ? '' : `.${member}`};`,
      `export { ${names.map((name) => `_${name} as ${name}`).join(', ')} };`,
    ];
    writeFileSync(written, `${lines.join('\n')}\n`);
    const imported: [string, Table[string][string]] = [`import ${specifier}`, [pathToFileURL(written).href, 'module']];
    return member === undefined ? [imported, [`require ${specifier}`, [short(url.href), 'commonjs']]] : [imported];
  });
  return Object.fromEntries(entries);
}

function makeTable(to: string): void {
  const table: Table = { [ANYBODY]: inOneFile(join(dirname(to), 'in-one-file')) };
  registerHooks({
    resolve: (specifier, context, next) => {
      const name = nameOf(specifier, context.conditions);
      const one = table[ANYBODY]![name];
      if (one !== undefined) return { url: long(one[0]), format: one[1], shortCircuit: true };
      const found = next(specifier, context);
      if (/^file:.*\.[cm]?js$/.test(found.url)) (table[short(context.parentURL ?? '')] ??= {})[name] = [short(found.url), found.format ?? null];
      return found;
    },
  });
  process.once('exit', () => writeFileSync(to, JSON.stringify(table)));
}

/** `import` and `require` may mean different files. */
function nameOf(specifier: string, conditions: readonly string[]): string {
  return `${conditions.includes('require') ? 'require' : 'import'} ${specifier}`;
}
