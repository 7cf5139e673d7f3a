/**
 * What must not be in a log, by the name it is logged under and by the shape of the text. The first rule is still not
 * to log it: this is for the day on which somebody does.
 */
export const REDACTED = '[redacted]';

/** Compared in lower case and without separators, at the end of a name: `refreshToken`, `X-Vault-Token`, `db_password`. */
const SECRET_NAMES = [
  ...['password', 'passphrase', 'passwd', 'secret', 'token', 'authorization', 'cookie', 'credential', 'credentials'],
  ...['privatekey', 'secretkey', 'apikey', 'rootkey', 'ticket', 'otp', 'dpop', 'plaintext', 'databaseurl', 'redisurl', 'connectionstring'],
];

export function isSecretName(name: string): boolean {
  const bare = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return SECRET_NAMES.some((secret) => bare.endsWith(secret));
}

/** Passwords in URLs; JWTs and PEM private keys, whatever they are embedded in. */
const SECRET_SHAPES: readonly (readonly [RegExp, string])[] = [
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/@]+@/gi, `$1:${REDACTED}@`],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, REDACTED],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, REDACTED],
];

export function redactText(text: string): string {
  return SECRET_SHAPES.reduce((result, [shape, replacement]) => result.replace(shape, replacement), text);
}

const DEPTH_MAX = 6;
const ITEMS_MAX = 100;
const CAUSES_MAX = 4;

/** A copy fit for a log: bounded, free of secrets, of bytes, and of cycles. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return describeError(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString();
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (depth >= DEPTH_MAX) return '[deeper]';
  if (value instanceof Set || value instanceof Map) return redact([...value], depth);
  if (Array.isArray(value)) return value.slice(0, ITEMS_MAX).map((item) => redact(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, ITEMS_MAX)
      .map(([name, member]) => [name, isSecretName(name) ? REDACTED : redact(member, depth + 1)]),
  );
}

export interface DescribedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: DescribedError;
}

/**
 * Name, message, code, stack and causes, and no other field: a driver's error carries the statement and its parameters,
 * and Postgres' `detail` the values of the row.
 */
export function describeError(error: Error, depth = 0): DescribedError {
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: redactText(error.message),
    ...(typeof code === 'string' ? { code } : {}),
    ...(error.stack === undefined ? {} : { stack: redactText(error.stack) }),
    ...(error.cause instanceof Error && depth < CAUSES_MAX ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}
