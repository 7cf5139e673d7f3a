import { readFile, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { rootCertificates } from 'node:tls';
import { parseArgs } from 'node:util';
import { printable } from '../verify-log/evidence-error.js';
import { type Check, type Finding, look } from './check.js';
import { CHECKS } from './checks/all-checks.js';
import { hasFailed, judge, reportAsJson, reportInWords } from './report.js';
import { Target, Unlooked } from './target.js';

/**
 * `npm run self-audit -- --url URL`: looks at a running server from outside, as a stranger and with the tokens that it is
 * given, and reports by requirement of OWASP ASVS 5.0 and risk of the API Security Top 10.
 *
 * Exit code 0: nothing failed. 1: something did. 2: the command itself cannot be carried out.
 */
const USAGE = `Usage: npm run self-audit -- --url URL [options]

  --url URL                 the server: https://q.example
  --token-file FILE         an access token, to be forged and to look at what is one's own
  --other-token-file FILE   a token of somebody who works in another project only
  --ca-file FILE            PEM of an authority that is trusted beside those that come with Node.js
  --all                     a line for every requirement, and not only for those that are not met
  --json                    the whole report as JSON

Look at servers of your own only: it sends malformed requests and forged credentials, fewer than 150.
`;

/** A token has less, and a list of authorities too. */
const FILE_BYTES_MAX = 1024 * 1024;

interface Output {
  write(text: string): unknown;
}

class UsageError extends Error {}

interface Order {
  readonly target: Target;
  readonly all: boolean;
  readonly json: boolean;
}

/** Runs the command with the arguments after its name; resolves with the exit code. */
export async function selfAuditCommand(argv: readonly string[], out: Output, err: Output): Promise<0 | 1 | 2> {
  try {
    const { target, all, json } = await readOrder(argv, err);
    err.write(`Malformed requests and forged credentials are sent to ${target.url.origin}, fewer than 150, two of them failed logins if there is a token.\n`);
    const findings = await lookAll(CHECKS, target);
    const report = judge(target.url.origin, target.sent, findings);
    out.write(json ? reportAsJson(report) : reportInWords(report, all));
    return hasFailed(report) ? 1 : 0;
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof Unlooked)) throw error;
    err.write(error.message === '' ? USAGE : `${error.message}\n`);
    return 2;
  }
}

/** One after the other: a server that is looked at has others to serve. */
export async function lookAll(checks: readonly Check[], target: Target): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) findings.push(await look(check, target));
  return findings;
}

async function readOrder(argv: readonly string[], err: Output): Promise<Order> {
  const values = parse(argv);
  if (values.url === undefined) throw new UsageError('');
  const url = originOf(values.url);
  const [token = null, otherToken = null, authority = null] = await Promise.all([values['token-file'], values['other-token-file'], values['ca-file']].map((path) => (path === undefined ? null : textOf(path))));
  if ([token, otherToken].some((each) => each !== null && !/^[\w.~+/=-]+$/.test(each))) throw new UsageError('A file of a token has a token, and nothing else.');
  const authorities = authority === null ? {} : { authorities: [...rootCertificates, authority] };
  const wait = async (seconds: number): Promise<void> => {
    err.write(`the limit for strangers is nearly reached: ${seconds} s of rest\n`);
    await pause(1000 * seconds);
  };
  const target = new Target({ url, token, otherToken, ...authorities, wait });
  if (token !== null || otherToken !== null) await mayHaveTokens(target);
  else await target.ask('/health/live');
  return { target, all: values.all === true, json: values.json === true };
}

/** A token is shown to nobody but the server that it is for: not in clear to another machine, not to who has another certificate. */
async function mayHaveTokens(target: Target): Promise<void> {
  if (target.place.tls === null) {
    if (!/^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(target.url.hostname)) throw new UsageError('A token is not sent over plain HTTP to another machine.');
    return;
  }
  const shaken = await target.shake({});
  if (shaken === null) throw new UsageError('The server takes no TLS handshake.');
  if (shaken.distrust !== null) throw new UsageError(`A token is not sent to a server whose certificate is not trusted (--ca-file): ${printable(shaken.distrust)}`);
}

function parse(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({ args: [...argv], options: { 'url': text, 'token-file': text, 'other-token-file': text, 'ca-file': text, 'all': flag, 'json': flag } }).values;
  } catch {
    throw new UsageError('');
  }
}

function originOf(address: string): URL {
  if (!URL.canParse(address)) throw new UsageError(`${printable(address)} is no address`);
  const url = new URL(address);
  if (!/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '' || url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new UsageError('The address is an origin: http or https, a host and perhaps a port. A token is given by --token-file.');
  }
  return url;
}

async function textOf(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > FILE_BYTES_MAX) throw new UsageError(`${printable(path)} is too large for what it should be`);
    const text = (await readFile(path, 'utf8')).trim();
    if (text === '') throw new UsageError(`${printable(path)} is empty`);
    return text;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`A file cannot be read: ${printable((error as Error).message)}`);
  }
}

if (import.meta.main) {
  process.exitCode = await selfAuditCommand(process.argv.slice(2), process.stdout, process.stderr);
}
