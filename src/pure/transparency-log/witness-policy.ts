import { parseDecimal } from '../encoding/decimal.js';
import { LogFormatError } from './log-format-error.js';
import { parseVerifierKey, type VerifierKey } from './verifier-key.js';

/**
 * Trust policies, https://github.com/C2SP/C2SP/blob/main/tlog-policy.md: which logs, which witnesses, and how many of
 * those must have cosigned a checkpoint before it counts.
 */
export interface WitnessPolicy {
  /** May be empty: the log is then known from elsewhere. */
  readonly logs: readonly { readonly key: VerifierKey; readonly url: string | null }[];
  readonly witnesses: readonly PolicyWitness[];
  /** Null: `quorum none`, no cosignature is required. */
  readonly quorum: Quorum | null;
}

export interface PolicyWitness {
  /** Of this file alone. Octets as Latin-1: two names are the same when their bytes are. */
  readonly name: string;
  /** Of a cosignature type: 0x04 or 0x06. */
  readonly key: VerifierKey;
  readonly url: string | null;
}

/** A witness, or a group of which `threshold` members must have witnessed. */
export type Quorum = { readonly witness: string } | { readonly threshold: number; readonly members: readonly Quorum[] };

/** Everything that is wrong with a policy, each with its line. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';

  constructor(readonly findings: readonly string[]) {
    super(findings.join('; '));
  }
}

/** Twice what the specification asks for. */
const DEFINITIONS_MAX = 64;
/** An ML-DSA-44 vkey has 1.8 kB. */
export const POLICY_BYTES_MAX = 256 * 1024;
const NONE = 'none';

/** How witnesses may be reached: what comes over plain http comes from anybody on the way. */
export type WitnessTransport = 'https' | 'any';

/** Parses a whole policy file. Throws PolicyError. */
export function parseWitnessPolicy(bytes: Uint8Array, transport: WitnessTransport = 'any'): WitnessPolicy {
  if (bytes.length > POLICY_BYTES_MAX) throw new PolicyError([`a policy has at most ${POLICY_BYTES_MAX} bytes`]);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const reading = new Reading(transport);
  const lines = text.split('\n');
  // The specification terminates each line; an editor that does not is forgiven, since nothing is ambiguous by it.
  if (lines.at(-1) === '') lines.pop();
  for (const [index, line] of lines.entries()) reading.line(line, index + 1);
  return reading.end();
}

/** Whether the witnesses of these names are enough. Each name counts once, since no group lists a name that another has. */
export function isQuorum({ quorum }: Pick<WitnessPolicy, 'quorum'>, cosigned: ReadonlySet<string>): boolean {
  return quorum === null || isWitnessed(quorum, cosigned);
}

function isWitnessed(part: Quorum, cosigned: ReadonlySet<string>): boolean {
  if ('witness' in part) return cosigned.has(part.witness);
  return part.members.filter((member) => isWitnessed(member, cosigned)).length >= part.threshold;
}

class Refused extends Error {}

/** The state of one parse: what the lines so far have defined. */
class Reading {
  private readonly findings: string[] = [];
  private readonly logs: { key: VerifierKey; url: string | null }[] = [];
  private readonly witnesses: PolicyWitness[] = [];
  private readonly defined = new Map<string, Quorum>();
  private readonly members = new Set<string>();
  /** Undefined until the line has come. */
  private quorum: Quorum | null | undefined;

  constructor(private readonly transport: WitnessTransport) {}

  private readonly keywords: Readonly<Record<string, (words: readonly string[]) => void>> = {
    log: (words) => this.log(words),
    witness: (words) => this.witness(words),
    group: (words) => this.group(words),
    quorum: (words) => this.setQuorum(words),
  };

  line(line: string, number: number): void {
    try {
      if (/[\x00-\x08\x0b-\x1f\x7f]/.test(line)) throw new Refused('has a control character: only tabs and newlines are allowed');
      const [keyword, ...words] = line.split(/[ \t]+/).filter((word) => word !== '');
      if (keyword === undefined || keyword.startsWith('#')) return;
      const read = Object.hasOwn(this.keywords, keyword) ? this.keywords[keyword] : undefined;
      if (read === undefined) throw new Refused('begins with none of log, witness, group and quorum');
      read(words);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.findings.push(`line ${number} ${error.message}`);
    }
  }

  end(): WitnessPolicy {
    // After another finding it would only be said that something is missing which stands there, and wrong.
    if (this.quorum === undefined && this.findings.length === 0) this.findings.push('there is no quorum line');
    if (this.findings.length > 0) throw new PolicyError(this.findings);
    return { logs: this.logs, witnesses: this.witnesses, quorum: this.quorum ?? null };
  }

  private log([vkey, url, ...more]: readonly string[]): void {
    if (vkey === undefined || more.length > 0) throw new Refused('must be: log <vkey> [<url>]');
    const key = keyOf(vkey);
    if (key.scheme.isTimestamped) throw new Refused(`has a key of type ${key.scheme.label}, which no log signs with`);
    add(this.logs, { key, url: urlOf(url) }, 'log');
  }

  private witness([name, vkey, url, ...more]: readonly string[]): void {
    if (name === undefined || vkey === undefined || more.length > 0) throw new Refused('must be: witness <name> <vkey> [<url>]');
    this.refuseTaken(name);
    const key = keyOf(vkey);
    if (!key.scheme.isTimestamped) throw new Refused(`has a key of type ${key.scheme.label}, which no witness cosigns with`);
    const address = urlOf(url);
    if (this.transport === 'https' && address !== null && new URL(address).protocol !== 'https:') throw new Refused('has a URL that is not https://');
    add(this.witnesses, { name, key, url: address }, 'witness');
    this.defined.set(name, { witness: name });
  }

  private group([name, threshold, ...members]: readonly string[]): void {
    if (name === undefined || threshold === undefined || members.length === 0) throw new Refused('must be: group <name> all|any|<k> <name>...');
    this.refuseTaken(name);
    const needed = threshold === 'all' ? members.length : threshold === 'any' ? 1 : parseDecimal(threshold);
    if (needed === null || needed < 1 || needed > members.length) throw new Refused(`must ask for all, any, or 1 to ${members.length} of its members`);
    const parts = members.map((member) => {
      const part = this.definedAs(member);
      if (this.members.has(member)) throw new Refused(`names ${shown(member)}, which is a member already: each name can be listed once`);
      this.members.add(member);
      return part;
    });
    this.defined.set(name, { threshold: needed, members: parts });
  }

  private setQuorum([name, ...more]: readonly string[]): void {
    if (name === undefined || more.length > 0) throw new Refused('must be: quorum <name>');
    if (this.quorum !== undefined) throw new Refused('is a second quorum line');
    this.quorum = name === NONE ? null : this.definedAs(name);
  }

  private definedAs(name: string): Quorum {
    const part = this.defined.get(name);
    if (part === undefined) throw new Refused(`names ${shown(name)}, which no line before it defines`);
    return part;
  }

  private refuseTaken(name: string): void {
    if (name === NONE) throw new Refused('defines "none", which has its meaning already');
    if (this.defined.has(name)) throw new Refused(`defines ${shown(name)} a second time`);
    if (this.defined.size === DEFINITIONS_MAX) throw new Refused(`is beyond the ${DEFINITIONS_MAX} names that a policy may define`);
  }
}

function keyOf(vkey: string): VerifierKey {
  try {
    return parseVerifierKey(Buffer.from(vkey, 'latin1').toString('utf8'));
  } catch (error) {
    if (error instanceof LogFormatError) throw new Refused(`has no verifier key that can be used: ${error.message}`);
    throw error;
  }
}

function urlOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  const url = Buffer.from(text, 'latin1').toString('utf8');
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new Refused('has a URL that is neither http:// nor https://');
  return url;
}

/** Keys are the same when their bytes are, whatever they are called. */
function add<T extends { readonly key: VerifierKey }>(list: T[], item: T, what: string): void {
  if (list.length === DEFINITIONS_MAX) throw new Refused(`is beyond the ${DEFINITIONS_MAX} that a policy may define`);
  if (list.some(({ key }) => bytesOf(key).equals(bytesOf(item.key)))) throw new Refused(`has the key of another ${what}`);
  list.push(item);
}

/** Not `KeyObject.equals`: of two kinds it leaves an error behind in OpenSSL's queue, which the next caller is blamed for. */
function bytesOf({ publicKey }: VerifierKey): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' });
}

function shown(name: string): string {
  return JSON.stringify(Buffer.from(name, 'latin1').toString('utf8'));
}
