import type { FastifyReply } from 'fastify';

/**
 * One frozen object, set by one hook: @fastify/helmet builds the same headers anew for each request, at 40 to 80 µs.
 * The default is that of an API that is never rendered; a page that is (`/docs`) replaces the policy, not the rest.
 * `no-store` by default, because what is not public is personal; public documents set their own `Cache-Control`.
 */
const API_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=(), interest-cohort=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-permitted-cross-domain-policies': 'none',
  'cache-control': 'no-store',
});

/** Two years, the least that preload lists take; sent only where the address is https (RFC 6797 §7.2 ignores it elsewhere). */
const HSTS = 'max-age=63072000; includeSubDomains';

/** Everything that `/docs` loads comes from its own origin, and no script stands in the page. */
export const DOCS_CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

export class SecurityHeaders {
  readonly all: Readonly<Record<string, string>>;
  private readonly origins: ReadonlySet<string>;

  constructor(publicUrl: string, corsOrigins: readonly string[]) {
    this.all = Object.freeze(publicUrl.startsWith('https:') ? { ...API_HEADERS, 'strict-transport-security': HSTS } : API_HEADERS);
    this.origins = new Set(corsOrigins);
  }

  apply(reply: FastifyReply): void {
    reply.headers(this.all as Record<string, string>);
  }

  /**
   * The CORS headers for an origin that is configured, by exact comparison; null for every other, which a browser
   * reads as no. Credentials are never allowed: bearer tokens are sent explicitly, and there are no cookies.
   */
  corsFor(origin: string | undefined): Readonly<Record<string, string>> | null {
    if (origin === undefined || !this.origins.has(origin)) return null;
    return {
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'X-Request-Id, Audit-Event-Id, Approval-Id, Location, ETag, Retry-After, RateLimit, RateLimit-Policy, WWW-Authenticate',
      'cross-origin-resource-policy': 'cross-origin',
      vary: 'Origin',
    };
  }
}

/** The answer to a preflight from a configured origin. */
export const PREFLIGHT_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers': 'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Prefer, Range, Approval-Id',
  'access-control-max-age': '600',
});
