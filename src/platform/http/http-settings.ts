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
  readonly sockets: SocketLimits;
  /** At once; those that are silent make room for others. */
  readonly connectionsMax: number;
  /** Outside production a handler that records what it declared not to record is a failure, not a log line. */
  readonly production: boolean;
}

/** How long a connection is waited for, and how long it is kept. No setting of the operator's: a test of a slow client brings shorter ones. */
export interface SocketLimits {
  /** For all header lines of a request. */
  readonly headersMillis: number;
  /** For a body that is parsed, until its first bytes and beyond what its bytes earn. */
  readonly bodyMillis: number;
  /** For the bytes of a streamed upload, while somebody waits for them: as long as it may be silent. */
  readonly silenceMillis: number;
  /** How often Node looks for sockets past their time; its own default is 30 s. */
  readonly checkMillis: number;
  /** Between two requests. */
  readonly keepAliveMillis: number;
  /** The answer to the last of them ends the connection. */
  readonly requestsMax: number;
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
/** 1 Mbit/s: each 125 bytes that have arrived earn another millisecond. 32 MiB may take 283 s, and who sends nothing has 15. */
export const BODY_BYTES_PER_MILLI = 125;
/** A body of fewer bytes is not counted: so much is in the buffers of every socket. */
export const BODY_COUNTED_BYTES_MIN = 64 * 1024;
/** Of all bodies that are on their way or being worked on: eight of the largest. */
export const BODIES_BYTES_MAX = 256 * 1024 * 1024;
/** Of one principal's: three of the largest. */
export const PRINCIPAL_BODIES_BYTES_MAX = 96 * 1024 * 1024;
/**
 * 64 kbit/s, of a streamed upload: each 8 bytes earn back a millisecond that was waited for them. It is what is left of a bad
 * uplink when a client pushes six layers at once; who sends half as fast is waited for twice as long as who is silent.
 */
export const STREAM_BYTES_PER_MILLI = 8;
/** Nothing that is received takes longer: an upload is forgotten after a day, and 10 GiB in a day are 1 Mbit/s. */
export const REQUEST_TIMEOUT_MILLIS = 24 * 3_600_000;
/**
 * Ten seconds for header lines: who needs longer is holding a socket. Fifteen for a body that says nothing, and thirty for
 * a streamed upload, whose client may have to read its disk or find its network again. A connection is kept longer than the 60 s that common load balancers reuse
 * an idle one, so that they close first; and for as many requests as nginx keeps one for, so that no client stays on
 * one process for ever, and none is spared being authenticated by its certificate anew.
 */
export const SOCKET_LIMITS: SocketLimits = { headersMillis: 10_000, bodyMillis: 15_000, silenceMillis: 30_000, checkMillis: 2_000, keepAliveMillis: 65_000, requestsMax: 1_000 };
/** What is still read of a body that nobody wants, so that the client sees the refusal instead of a reset. */
export const DRAIN_BYTES_MAX = 64 * 1024;
export const DRAIN_MILLIS = 2_000;
