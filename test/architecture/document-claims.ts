import { globSync, readFileSync } from 'node:fs';

/** Lists routes of others too, which are refused here. */
const OF_OTHERS = new Set(['docs/transit-routes.md']);

/** What people read here. */
export const DOCUMENTS: readonly string[] = ['README.md', 'SECURITY.md', 'src/README.md', '.github/pull_request_template.md', ...globSync('docs/**/*.md').sort()].filter((file) => !OF_OTHERS.has(file));

/** Names of `npm run NAME`. */
export const scriptsIn = (text: string): readonly string[] => [...text.matchAll(/\bnpm run ([a-z][\w:-]*)/g)].map(([, name]) => name!);

export interface NamedRoute {
  /** Null where only an address is named. */
  readonly method: string | null;
  readonly path: string;
}

const ROUTE = /(?:\b(GET|HEAD|POST|PUT|PATCH|DELETE) )?(?<![\w.-])(?:https?:\/\/[^\s/`]+|\$\{?URL\}?)?(\/v1(?:\/[\w.{}:$<>*…-]+)*)/g;

/** Addresses beneath /v1, with their method where it stands before them. */
export const routesIn = (text: string): readonly NamedRoute[] => [...text.matchAll(ROUTE)].map(([, method, path]) => ({ method: method ?? null, path: path!.replace(/[.:]+$/, '') }));

/** `:id`, `{id}`, `<id>`, `$ID`, `ID`, `0198…` and `*` stand for anything. */
const isPlaceholder = (segment: string): boolean => /^(?:[:{<$*]|[A-Z_]+$)|…$/.test(segment);

function fits(named: string, segment: string | undefined): boolean {
  return segment !== undefined && (named === segment || segment.startsWith('{') || isPlaceholder(named));
}

/** Whether a document of OpenAPI has it. Without a method the beginning of an address is enough: `/v1/transit`. */
export function isServed({ method, path }: NamedRoute, paths: Readonly<Record<string, object>>): boolean {
  const named = path.split('/');
  return Object.entries(paths).some(([served, operations]) => {
    const segments = served.split('/');
    if (!named.every((segment, index) => fits(segment, segments[index]))) return false;
    return method === null || (segments.length === named.length && method.toLowerCase() in operations);
  });
}

/** Addresses of links that lead to files, without what follows the `#`; from a document's own directory. */
export function linksIn(text: string): readonly { readonly file: string; readonly heading: string | null }[] {
  const prose = text.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target]) => {
    if (/^(?:https?|mailto):/.test(target!)) return [];
    const [file = '', heading = null] = target!.split('#') as [string, string?];
    return [{ file, heading }];
  });
}

/** Paths of this repository, and of what is built of it, that stand in backticks or in commands. */
export const filesIn = (text: string): readonly string[] => [...text.matchAll(/(?<![\w/.-])(?:\/app\/|\.\/)?((?:src|test|docker|docs|migrations|clients|dist)\/[\w./*<{$…-]+)/g)].map(([, path]) => path!.replace(/\.$/, '')).filter((path) => !/[*<{$…]/.test(path));

/** As GitHub makes them: lower case, without punctuation, spaces as hyphens. */
export const headingsOf = (file: string): ReadonlySet<string> =>
  new Set([...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title]) => title!.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-')));

/** The part of a document beneath a heading, up to the next of its rank or above. */
export function sectionOf(text: string, heading: string): string | null {
  const lines = text.split('\n');
  const start = lines.indexOf(heading);
  if (start < 0) return null;
  const rank = heading.indexOf(' ');
  const length = lines.slice(start + 1).findIndex((line) => new RegExp(`^#{1,${rank}} `).test(line));
  return lines.slice(start, length < 0 ? undefined : start + 1 + length).join('\n');
}

/** In milliseconds and bytes; what has no unit is itself. */
const UNITS: Readonly<Record<string, number>> = { s: 1000, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

export const figuresIn = (text: string): readonly number[] => [...text.matchAll(/(?<![\w.])(\d+(?:\.\d+)?)(?: (s|KiB|MiB|GiB)\b)?/g)].map(([, digits, unit]) => Number(digits) * (unit === undefined ? 1 : UNITS[unit]!));

/** The value of a constant that is a product of numbers or a power of one; null where there is no such constant. */
export function constantIn(source: string, name: string): number | null {
  const [, text] = new RegExp(`\\bconst ${name}(?:: \\w+)? = ([\\d_* ]+);`).exec(source) ?? [];
  if (text === undefined) return null;
  return text.replaceAll('_', '').replaceAll('**', '^').split('*').reduce((product, factor) => {
    const [base, power = 1] = factor.split('^').map(Number) as [number, number?];
    return product * base ** power;
  }, 1);
}
