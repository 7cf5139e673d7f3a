import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type AttestationStatement, verifyAttestation } from '#pure/attestation/statement.js';
import { LogFormatError } from '#pure/transparency-log/log-format-error.js';
import { parseVerifierKey, type VerifierKey } from '#pure/transparency-log/verifier-key.js';

/**
 * `npm run verify-attestation -- FILE --vkey FILE --nonce NONCE [--release DIGEST] [--max-age SECONDS]`: checks what a server
 * has signed about itself, offline. It reads nothing but the files that are named.
 *
 * Exit code 0: true and as demanded. 1: not, with the reason. 2: the command itself cannot be carried out.
 */
const USAGE = `Usage: npm run verify-attestation -- FILE --vkey FILE --nonce NONCE [--release sha256:…] [--max-age SECONDS]

  FILE              the statement, as GET /v1/attestation?nonce=NONCE gave it
  --vkey FILE       your own copy of the keys, as GET /v1/attestation/vkeys gave them
  --nonce NONCE     the one that you sent
  --release DIGEST  the digest that build:release told; without it any release is taken, and none
  --max-age SECONDS how old it may be; 300 unless told
`;

interface Output {
  write(text: string): unknown;
}

interface Arguments {
  readonly file: string;
  readonly vkey: string;
  readonly nonce: string;
  readonly release: string | null;
  readonly ageSecondsMax: number;
}

/** Runs the command with the arguments after its name; resolves with the exit code. */
export async function verifyAttestationCommand(argv: readonly string[], nowMillis: number, out: Output, err: Output): Promise<0 | 1 | 2> {
  const args = readArguments(argv);
  if (args === null) {
    err.write(USAGE);
    return 2;
  }
  let statement: Buffer;
  let keys: readonly VerifierKey[];
  try {
    statement = await readFile(args.file);
    keys = parseKeys(await readFile(args.vkey, 'utf8'));
  } catch (error) {
    err.write(`A file cannot be used: ${(error as Error).message}\n`);
    return 2;
  }
  const verdict = verifyAttestation(statement, keys, { ...args, nowMillis });
  if (!verdict.ok) {
    err.write(`NOT ATTESTED\n  * ${verdict.reason}\n`);
    return 1;
  }
  out.write(`ATTESTED\n${[...told(verdict.statement)].map((line) => `  * ${line}\n`).join('')}Not proven by this:\n  * Whether the machine beneath the server tells it the truth: only that who holds this key says so.\n`);
  return 0;
}

function parseKeys(text: string): readonly VerifierKey[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length === 0) throw new LogFormatError('vkey-malformed', 'there is no verifier key in it');
  return lines.map(parseVerifierKey);
}

function* told(statement: AttestationStatement): Generator<string> {
  const { server, time, release, version, epoch, node, roles, hardening, lacking, stages, measurement, rechecked, uptimeSeconds, selfTests } = statement;
  yield `${server} said so at ${time}, ${uptimeSeconds} s after its start, in answer to your nonce.`;
  yield release === 'none' ? `It runs a checkout of ${version}, which nobody has signed.` : `It runs the release ${release} (${version}, epoch ${epoch}), read over ${rechecked === 'never' ? 'not yet since its start' : `at ${rechecked}`}.`;
  yield `Node ${node}, with the roles ${roles.join(', ')}.`;
  yield `Hardening: ${hardening.join(', ') || 'none'}${lacking.length === 0 ? '' : `; missing: ${lacking.join(', ')}`}.`;
  yield `Its start passed ${stages} stages, measured ${measurement}, and ${selfTests} self-tests.`;
}

function readArguments(argv: readonly string[]): Arguments | null {
  try {
    const { positionals, values } = parseArgs({
      args: noncesBound(argv),
      allowPositionals: true,
      options: { vkey: { type: 'string' }, nonce: { type: 'string' }, release: { type: 'string' }, 'max-age': { type: 'string', default: '300' } },
    });
    const [file, ...rest] = positionals;
    if (file === undefined || rest.length > 0 || values.vkey === undefined || values.nonce === undefined || !/^[1-9][0-9]{0,8}$/.test(values['max-age'])) return null;
    return { file, vkey: values.vkey, nonce: values.nonce, release: values.release ?? null, ageSecondsMax: Number(values['max-age']) };
  } catch {
    return null;
  }
}

/** One nonce in sixty-four begins with a dash (RFC 4648 §5), and would be taken for an option where it stands by itself. */
function noncesBound(argv: readonly string[]): string[] {
  return argv.flatMap((word, index) => {
    if (argv[index - 1] === '--nonce') return [];
    return word === '--nonce' && argv[index + 1] !== undefined ? [`--nonce=${argv[index + 1]}`] : [word];
  });
}

if (import.meta.main) {
  const { SystemClock } = await import('#platform/system/clock.js');
  process.exitCode = await verifyAttestationCommand(process.argv.slice(2), new SystemClock().nowMillis(), process.stdout, process.stderr);
}
