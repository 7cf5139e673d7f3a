import type { TlsMaterial } from './tls/tls-material.js';

/** What the HTTP floor needs of the configuration, spelled out so that its tests need no whole configuration. */
export interface HttpSettings {
  /** Where clients reach the server, without a trailing slash; https here turns HSTS on. */
  readonly publicUrl: string;
  /** Exact origins that browsers may call from; none by default. */
  readonly corsOrigins: readonly string[];
  /** Addresses and CIDR ranges whose `X-Forwarded-For` is believed; none by default. */
  readonly trustedProxies: readonly string[];
  /** Null: a reverse proxy speaks TLS, or nobody does. */
  readonly tls: TlsMaterial | null;
  readonly rateLimits: { readonly anonymousPerMinute: number; readonly principalPerMinute: number; readonly registryPerMinute: number };
  /** Outside production a handler that records what it declared not to record is a failure, not a log line. */
  readonly production: boolean;
}

/** Bytes of a body that an unauthenticated caller may send: a login is 200, a token request with an assertion 8 KiB. */
export const ANONYMOUS_BODY_BYTES_MAX = 16 * 1024;
/** Bytes of a JSON body of a route that states nothing else: the largest program of the simulation fits four times. */
export const BODY_BYTES_MAX = 256 * 1024;
/** Node refuses more by itself; counted over the request line's target and all header lines. */
export const HEADER_BYTES_MAX = 16 * 1024;
/** Header lines. Node would drop those above its own limit without a word, so its limit is off and this one refuses. */
export const HEADER_LINES_MAX = 100;
/** find-my-way measures a parameter before decoding it; a digest (`sha256:` and 64 digits) is 71, a name 255. */
export const PARAMETER_LENGTH_MAX = 256;
/** A client that needs longer for its header lines is holding a socket. */
export const HEADERS_TIMEOUT_MILLIS = 10_000;
/** For a body that is parsed, until its first bytes and beyond what its bytes earn. Streamed uploads have the two limits below instead. */
export const BODY_TIMEOUT_MILLIS = 15_000;
/** 1 Mbit/s: each 125 bytes that have arrived earn another millisecond. 32 MiB may take 283 s, and who sends nothing has 15. */
export const BODY_BYTES_PER_MILLI = 125;
/** A body of fewer bytes is not counted: so much is in the buffers of every socket. */
export const BODY_COUNTED_BYTES_MIN = 64 * 1024;
/** Of all bodies that are on their way or being worked on: eight of the largest. */
export const BODIES_BYTES_MAX = 256 * 1024 * 1024;
/** Of one principal's: three of the largest. */
export const PRINCIPAL_BODIES_BYTES_MAX = 96 * 1024 * 1024;
/** A streamed upload may be silent for this long. */
export const STREAM_IDLE_MILLIS = 30_000;
/** Nothing that is received takes longer: 10 GiB in an hour is 24 Mbit/s. */
export const REQUEST_TIMEOUT_MILLIS = 3_600_000;
/** Node looks for sockets past their time this often; its own default is 30 s. */
export const CONNECTIONS_CHECK_MILLIS = 2_000;
/** Longer than the 60 s that common load balancers reuse an idle connection, so that they close first. */
export const KEEP_ALIVE_MILLIS = 65_000;
/** What is still read of a body that nobody wants, so that the client sees the refusal instead of a reset. */
export const DRAIN_BYTES_MAX = 64 * 1024;
export const DRAIN_MILLIS = 2_000;
