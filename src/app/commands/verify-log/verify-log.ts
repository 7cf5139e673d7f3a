import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EvidenceError, printable } from './evidence-error.js';
import { directorySource, keep, type LogSource, serverSource } from './log-source.js';
import { type LogKey, parseKeys } from './vkey.js';
import { type Verdict, verifyLog } from './verdict.js';

/**
 * `npm run verify-log -- URL|DIR VKEY`: verifies a whole log, on a server or in a copy of its files, without trusting
 * who serves it. It shares no code with what writes the log but the hashing of trees (`src/pure/merkle`), which is held
 * to published vectors: its readers of notes, keys, paths and bundles are its own.
 *
 * Exit code 0: verified. 1: not verified, with the reason. 2: the command itself cannot be carried out.
 */
const USAGE = `Usage: npm run verify-log -- URL|DIR VKEY [options]

  URL|DIR               the server (http://localhost:3000), the prefix of its log, or a directory with a copy of it
  VKEY                  your own copy of the log's keys, a file or one key. Of several with one name and kind,
                        one has to have signed; every name and kind that is given has to
  --old FILE            a checkpoint that you kept: it has to be the beginning of the log. May be given again
  --token-file FILE     a token that may read entries, for a server; without it hash tiles alone are verified
  --save DIR            keep a copy, to be verified later; a checkpoint that is there already is taken as --old
  --minimum-index N     accept that the entries below N were pruned: their hashes are verified all the same
  --timeout SECONDS     for each file of a server (30)
`;

const LOG_PATH = '/v1/audit/log/';
const TIMEOUT_SECONDS = 30;
/** Of the files that are given by name: more than any key list or checkpoint has. */
const FILE_BYTES_MAX = 1024 * 1024;
/** 256 leaves a tile: a line for so many of them. */
const PROGRESS_LEAVES = 25_600;

interface Output {
  write(text: string): unknown;
}

interface Order {
  readonly source: LogSource;
  readonly keys: readonly LogKey[];
  readonly old: readonly Buffer[];
  readonly save: string | null;
  readonly minimumIndex: number;
}

/** What is wrong with the command, not with the log. */
class UsageError extends Error {}

/** Runs the command with the arguments after its name; resolves with the exit code. */
export async function verifyLogCommand(argv: readonly string[], out: Output, err: Output): Promise<0 | 1 | 2> {
  let order: Order;
  try {
    order = await readOrder(argv, err);
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof EvidenceError)) throw error;
    err.write(error.message === '' ? USAGE : `${error.message}\n`);
    return 2;
  }
  try {
    const verdict = await verifyLog(order.source, { ...order, onProgress: progressOn(err), onFile: (path, bytes) => (order.save === null ? Promise.resolve() : keep(order.save, path, bytes)) });
    return tell(verdict, out);
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    return tell({ ok: false, findings: [error.message] }, out);
  }
}

function tell(verdict: Verdict, out: Output): 0 | 1 {
  if (!verdict.ok) {
    out.write(`NOT VERIFIED\n${bullets(verdict.findings)}`);
    return 1;
  }
  out.write(`VERIFIED\n${bullets(verdict.statements)}Not shown by this:\n${bullets(verdict.limits)}`);
  return 0;
}

async function readOrder(argv: readonly string[], err: Output): Promise<Order> {
  const { positionals, values } = parse(argv);
  const [place, vkey, ...rest] = positionals;
  if (place === undefined || vkey === undefined || rest.length > 0) throw new UsageError('');
  const keys = parseKeys(isKey(vkey) ? vkey : (await fileOf(vkey)).toString('utf8'));
  const token = values['token-file'] === undefined ? null : (await fileOf(values['token-file'])).toString('utf8').trim();
  const timeoutMillis = 1000 * wholeNumber(values.timeout, TIMEOUT_SECONDS, '--timeout');
  const save = values.save ?? null;
  const old = await Promise.all((values.old ?? []).map(fileOf));
  const kept = save === null ? null : await readFile(join(save, 'checkpoint')).catch(() => null);
  const onWait = (seconds: number): void => void err.write(`the server asks for patience: ${seconds} s\n`);
  return {
    source: /^https?:\/\//i.test(place) ? serverSource({ prefix: prefixOf(place, token), token, timeoutMillis, onWait }) : await sourceOf(place),
    keys,
    old: kept === null ? old : [...old, kept],
    save,
    minimumIndex: wholeNumber(values['minimum-index'], 0, '--minimum-index'),
  };
}

function parse(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { 'old': { ...text, multiple: true }, 'token-file': text, 'save': text, 'minimum-index': text, 'timeout': text },
    });
  } catch {
    throw new UsageError('');
  }
}

/** A key itself rather than a file of keys. */
function isKey(text: string): boolean {
  return /^[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$/.test(text);
}

async function fileOf(path: string): Promise<Buffer> {
  try {
    if ((await stat(path)).size > FILE_BYTES_MAX) throw new UsageError(`${printable(path)} is too large for what it should be`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`A file cannot be read: ${printable((error as Error).message)}`);
  }
}

async function sourceOf(directory: string): Promise<LogSource> {
  const isDirectory = async (path: string): Promise<boolean> => (await stat(path).catch(() => null))?.isDirectory() === true;
  if (!(await isDirectory(directory))) throw new UsageError(`${printable(directory)} is no directory, and no address that begins with http:// or https://`);
  return directorySource(directory, await isDirectory(join(directory, 'tile', 'entries')));
}

function prefixOf(address: string, token: string | null): URL {
  if (!URL.canParse(address)) throw new UsageError(`${printable(address)} is no address`);
  const url = new URL(address);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') throw new UsageError('The address has no name, password, query or fragment: a token is given by --token-file.');
  const isLocal = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  if (token !== null && url.protocol === 'http:' && !isLocal) throw new UsageError('A token is not sent over plain HTTP to another machine.');
  if (url.pathname === '/') url.pathname = LOG_PATH;
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

function wholeNumber(text: string | undefined, otherwise: number, option: string): number {
  if (text === undefined) return otherwise;
  if (!/^(?:0|[1-9][0-9]{0,14})$/.test(text)) throw new UsageError(`${option} takes a whole number`);
  return Number(text);
}

function progressOn(err: Output): (leaves: number, size: number) => void {
  return (leaves, size) => {
    if (leaves % PROGRESS_LEAVES === 0 && leaves < size) err.write(`${leaves} of ${size} entries (${Math.floor((100 * leaves) / size)} %)\n`);
  };
}

function bullets(sentences: readonly string[]): string {
  return sentences.map((sentence) => `  * ${sentence}\n`).join('');
}

if (import.meta.main) {
  process.exitCode = await verifyLogCommand(process.argv.slice(2), process.stdout, process.stderr);
}
