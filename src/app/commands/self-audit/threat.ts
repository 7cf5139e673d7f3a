/** Of STRIDE: spoofing, tampering, repudiation, information disclosure, denial of service, elevation of privilege. */
export type Stride = 'S' | 'T' | 'R' | 'I' | 'D' | 'E';

export const STRIDE: Readonly<Record<Stride, string>> = {
  S: 'spoofing',
  T: 'tampering',
  R: 'repudiation',
  I: 'information disclosure',
  D: 'denial of service',
  E: 'elevation of privilege',
};

export type Attacker = 'stranger' | 'member' | 'administrator' | 'neighbour' | 'keeper' | 'local user' | 'supplier';

export const ATTACKERS: Readonly<Record<Attacker, string>> = {
  stranger: 'reaches the address of the API, and has no account',
  member: 'has an account or a program in some project, or the token of one',
  administrator: 'governs: gives roles, manages accounts, keys or policy, or has the token of who does',
  neighbour: 'sits on the way between two parts, reads and changes what passes',
  keeper: 'owns the database, the blobs, Redis or a backup, or has a copy of them, and no key of the server',
  'local user': 'has an account on a machine that the server runs on, and is not root',
  supplier: 'writes a package, a change or a build that becomes the release',
};

/**
 * One threat, by its boundary, its letter and a number: `B3-T2`. Evidence is a check of the self-audit by its name, or a
 * test, `file › title`, with … for what varies in the title; `threats.spec.ts` holds every row to that.
 */
export interface Threat {
  readonly id: string;
  /** Elements of the diagram that it is about. */
  readonly on: readonly string[];
  readonly attacker: Attacker;
  readonly about: string;
  readonly answer: string;
  /** Where the answer is: files of the code or of what ships beside it. */
  readonly files: readonly string[];
  readonly evidence: readonly string[];
  /** What is left; null where nothing is known. */
  readonly left: string | null;
}

/** Words in their order of importance: whose, of whom, what, against it, where, by which tests, what is left. */
export function threat(id: string, on: string, attacker: Attacker, about: string, answer: string, files: readonly string[], evidence: readonly string[], left: string | null = null): Threat {
  return { id, on: on.split(' '), attacker, about, answer, files, evidence, left };
}

export const letterOf = ({ id }: Threat): Stride => id.split('-')[1]!.charAt(0) as Stride;
export const boundaryOf = ({ id }: Threat): string => id.split('-')[0]!;

/** `file › title`; null where evidence is the name of a check. */
export function testOf(evidence: string): { readonly file: string; readonly title: string } | null {
  const at = evidence.indexOf(' › ');
  return at < 0 ? null : { file: evidence.slice(0, at), title: evidence.slice(at + 3) };
}
