import { parseDecimal } from '../encoding/decimal.js';
import { TILE_WIDTH, type TileCoordinate } from '../merkle/tile.js';

/**
 * Where a log's tiles and entry bundles are found below its prefix: c2sp.org/tlog-tiles. Each resource has one path,
 * and `parseTilePath` takes no other spelling of it, so that a path can be a cache key.
 */
export type TileResource =
  | ({ readonly kind: 'hashes' } & TileCoordinate)
  /** Entries `index * 256` to `index * 256 + width - 1`. */
  | { readonly kind: 'entries'; readonly index: number; readonly width: number };

const LEVEL_MAX = 63;
const PATH = /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/** `tile/0/x001/234`, `tile/1/000.p/17`, `tile/entries/x001/234.p/8`: without a leading slash. */
export function formatTilePath(resource: TileResource): string {
  const { kind, index, width } = resource;
  const suffix = width === TILE_WIDTH ? '' : `.p/${width}`;
  return `tile/${kind === 'entries' ? 'entries' : resource.level}/${formatIndex(index)}${suffix}`;
}

/** The resource that a path names; null for any other text. That it names one does not say that the log has it. */
export function parseTilePath(path: string): TileResource | null {
  const [, place, digits, partial] = PATH.exec(path) ?? [];
  if (place === undefined || digits === undefined) return null;
  const index = parseDecimal(digits.replaceAll(/[x/]/g, '').replace(/^0+(?=[0-9])/, ''));
  // More leading groups than needed would be a second path to the same tile.
  if (index === null || formatIndex(index) !== digits) return null;
  const width = partial === undefined ? TILE_WIDTH : Number(partial);
  if (partial !== undefined && width >= TILE_WIDTH) return null;
  if (place === 'entries') return { kind: 'entries', index, width };
  const level = Number(place);
  return level > LEVEL_MAX ? null : { kind: 'hashes', level, index, width };
}

/** 1234067 as `x001/x234/067`: no name is both a file and a directory. */
function formatIndex(index: number): string {
  const groups = [];
  for (let rest = index; ; rest = Math.floor(rest / 1000)) {
    groups.unshift(String(rest % 1000).padStart(3, '0'));
    if (rest < 1000) break;
  }
  return groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
}
