import type { Problem, ProblemCode } from './api.js';

const URN = 'urn:quantonium:problem:';

/** A call that the server refused or could not serve. What is wrong with which field stands in `problem.errors`. */
export class QuantoniumError extends Error {
  override readonly name = 'QuantoniumError';

  constructor(
    /** What to decide by; null when the answer was not the server's own: of a proxy, for instance. */
    readonly code: ProblemCode | null,
    readonly status: number,
    /** As the server said it (RFC 9457). */
    readonly problem: Problem | null,
    /** Before this time has passed the same call will be refused again; null when the server did not say. */
    readonly retryAfterSeconds: number | null,
    message: string,
  ) {
    super(message);
  }

  /** Whether the call was refused as one of these. */
  is(...codes: readonly ProblemCode[]): boolean {
    return this.code !== null && codes.includes(this.code);
  }

  static async of(response: Response): Promise<QuantoniumError> {
    const problem = problemOf(await response.text());
    const code = problem?.type.startsWith(URN) === true ? (problem.type.slice(URN.length) as ProblemCode) : null;
    const wait = Number(response.headers.get('retry-after') ?? Number.NaN);
    return new QuantoniumError(code, response.status, problem, Number.isFinite(wait) ? wait : null, sentence(problem) ?? `the server answered ${response.status}`);
  }
}

function problemOf(text: string): Problem | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && typeof (value as Problem).type === 'string' ? (value as Problem) : null;
  } catch {
    return null;
  }
}

/** The refusal in a line: what, why, and where. */
function sentence(problem: Problem | null): string | null {
  if (problem === null) return null;
  const places = (problem.errors ?? []).map(({ pointer, code, detail, line, column }) => {
    const at = line === undefined ? '' : ` (line ${line}, column ${column})`;
    return `${pointer}${at}: ${detail ?? code}`;
  });
  return [problem.detail ?? problem.title, ...places].join(' ');
}
