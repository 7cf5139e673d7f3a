import { writeSync } from 'node:fs';

/** Why a release is not what was signed. */
export type ViolationReason =
  | 'manifest-missing'
  | 'manifest-malformed'
  | 'trust-unusable'
  | 'signature-missing'
  | 'signature-invalid'
  | 'node-differs'
  | 'environment-forbidden'
  | 'directory-unreadable'
  | 'file-missing'
  | 'file-not-listed'
  | 'file-not-regular'
  | 'size-differs'
  | 'digest-differs'
  | 'format-refused'
  | 'worker-ended';

export interface Violation {
  readonly reason: ViolationReason;
  /** From the root of the release where it is of it. */
  readonly file: string;
  readonly expected?: string;
  readonly actual?: string;
  readonly detail?: string;
}

/** sysexits.h EX_CONFIG: started in a way that no restart will mend. A thread that ends with it ends the process. */
export const EXIT_VIOLATION = 78;

/** What is loaded is not what was signed: nothing that asked for it may go on. */
export class IntegrityViolation extends Error {
  override readonly name = 'IntegrityViolation';

  constructor(readonly violation: Violation) {
    super(`${violation.file}: ${violation.reason}`);
  }
}

/** Ends the process, and may first tell somebody who cannot be told in an instant. */
export type LastWords = (violation: Violation) => void;
let lastWords: LastWords | null = null;

/** From here on a violation ends this thread's process by `words`, once. */
export function endWith(words: LastWords): void {
  lastWords = words;
}

/**
 * One line of JSON on standard error, in the form of the server's own log. Nothing of the release is loaded for it. Where
 * nobody reads it any more (EPIPE), or nobody reads on (EAGAIN), the process ends all the same: whoever could have that
 * error thrown would have what was found out caught by whatever had asked for it.
 */
export function tellViolation(violation: Violation): void {
  const { reason, file, ...more } = violation;
  try {
    writeSync(2, `${JSON.stringify({ level: 'fatal', time: new Date().toISOString(), event: 'integrity.violation', reason, file, ...more })}\n`);
  } catch {
    // The exit code tells it.
  }
}

/**
 * At once, or where the process has last words by those, and then what was asked for is refused by `IntegrityViolation`.
 * In a worker it ends its thread, whose code is seen by `endWithWorkers` in the thread that started it.
 */
export function endByViolation(violation: Violation): never {
  tellViolation(violation);
  leave(violation);
  throw new IntegrityViolation(violation);
}

/** The same for what was told already. */
export function leave(violation: Violation): void {
  if (lastWords === null) process.exit(EXIT_VIOLATION);
  lastWords(violation);
}
