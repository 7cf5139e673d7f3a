import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';

/**
 * Stack traces name lines of our sources. A map is read when a trace first names its file: Node's own support reads the
 * map of every file as it loads it, which is a sixth of the time that a server or a thread takes to load, and nearly all of
 * them are never asked for. Those of packages are not ours, and are not read at all.
 */
const maps = new Map<string, SourceMap | null>();

Error.prepareStackTrace = (error, frames) => [headOf(error), ...frames.map(lineOf)].join('\n    at ');

/** As V8 writes it. What has no text of its own still has a trace. */
function headOf(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return '<error>';
  }
}

function lineOf(frame: NodeJS.CallSite): string {
  const [line, file, row, column] = [String(frame), frame.getFileName(), frame.getLineNumber(), frame.getColumnNumber()];
  if (file === null || file === undefined || row === null || column === null) return line;
  const origin = mapOf(file)?.findOrigin(row, column);
  if (origin === undefined || !('fileName' in origin)) return line;
  return line.replace(`${file}:${row}:${column}`, () => `${new URL(origin.fileName, file).pathname}:${origin.lineNumber}:${origin.columnNumber}`);
}

/** Null for a file that has none, and for what is no file. */
function mapOf(file: string): SourceMap | null {
  if (!file.startsWith('file:') || file.includes('/node_modules/')) return null;
  let map = maps.get(file);
  if (map === undefined) maps.set(file, (map = readMap(file)));
  return map;
}

function readMap(file: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(new URL(`${file}.map`), 'utf8')) as SourceMapPayload);
  } catch {
    return null;
  }
}
