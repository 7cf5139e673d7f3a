import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { verifyReceipt } from '#pure/transparency-log/receipt.js';

/**
 * `npm run verify-receipt -- RECEIPT --vkey FILE [--result FILE] [--order FILE]`: checks a receipt offline. It needs no server, no
 * configuration and no network, and reads nothing but the files that are named.
 *
 * Exit code 0: proven. 1: not proven, with the reason. 2: the command itself cannot be carried out.
 */
const USAGE = `Usage: npm run verify-receipt -- RECEIPT --vkey FILE [--result FILE] [--order FILE]

  RECEIPT        the receipt, as GET /v1/simulations/:id/receipt gave it
  --vkey FILE    your own copy of the log's keys, as GET /v1/audit/log/vkeys gave them
  --result FILE  the simulation's result, as the server sent it
  --order FILE   the body of the request, as you sent it to POST /v1/simulations
`;

interface Output {
  write(text: string): unknown;
}

interface Arguments {
  readonly receipt: string;
  readonly vkey: string;
  readonly result: string | null;
  readonly order: string | null;
}

/** Runs the command with the arguments after its name; resolves with the exit code. */
export async function verifyReceiptCommand(argv: readonly string[], out: Output, err: Output): Promise<0 | 1 | 2> {
  const args = readArguments(argv);
  if (args === null) {
    err.write(USAGE);
    return 2;
  }
  let files: (Buffer | null)[];
  try {
    files = await Promise.all([args.receipt, args.vkey, args.result, args.order].map((path) => (path === null ? null : readFile(path))));
  } catch (error) {
    err.write(`A file cannot be read: ${(error as Error).message}\n`);
    return 2;
  }
  const [receipt, vkeys, result, order] = files as [Buffer, Buffer, Buffer | null, Buffer | null];
  const verdict = verifyReceipt({ receipt, vkeys: vkeys.toString('utf8'), result, order });
  if (!verdict.ok) {
    err.write(`NOT PROVEN (${verdict.reason})\n${verdict.message}\n`);
    return 1;
  }
  out.write(`PROVEN\n${bullets(verdict.statements)}\nNot proven by this:\n${bullets(verdict.limits)}`);
  return 0;
}

function readArguments(argv: readonly string[]): Arguments | null {
  try {
    const { positionals, values } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { vkey: { type: 'string' }, result: { type: 'string' }, order: { type: 'string' } },
    });
    const [receipt, ...rest] = positionals;
    if (receipt === undefined || rest.length > 0 || values.vkey === undefined) return null;
    return { receipt, vkey: values.vkey, result: values.result ?? null, order: values.order ?? null };
  } catch {
    return null;
  }
}

function bullets(sentences: readonly string[]): string {
  return sentences.map((sentence) => `  * ${sentence}\n`).join('');
}

if (import.meta.main) {
  process.exitCode = await verifyReceiptCommand(process.argv.slice(2), process.stdout, process.stderr);
}
