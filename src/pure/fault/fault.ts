/**
 * Faults: everything that Quantonium refuses or fails at, as one closed union of stable codes.
 *
 * A module declares its kinds in a table (`faultKinds`), the roof collects the tables and refuses a code that
 * stands in two of them, and one filter renders a `Fault` in the error dialect of the route's prefix. Whatever is
 * thrown and is not a `Fault` is shown to the client as `internal-error` and nothing else.
 */

/**
 * What a refused request looks like, where no honest client sends it: a second reading of the bytes (`framing`,
 * `duplicate-name`), a way out of a path (`traversal`, `nul-character`), a name that every object has
 * (`prototype-name`), more headers than anybody needs.
 */
export type Suspicion = 'framing' | 'duplicate-name' | 'traversal' | 'nul-character' | 'prototype-name' | 'oversized-headers';

/** One kind of refusal or failure. */
export interface FaultKind {
  /** Stable kebab-case code; the last part of `urn:quantonium:problem:<code>`. */
  readonly code: string;
  /** HTTP status, 400 to 599. */
  readonly status: number;
  /** A sentence for people, the same at every occurrence (RFC 9457 §3.1.3). */
  readonly title: string;
  /** Every refusal of this kind looks like an attack: it is recorded, though it is about no right. */
  readonly suspicion?: Suspicion;
}

/** One field that a request got wrong. */
export interface FaultPointer {
  /** RFC 6901 pointer into the body (`/program/source`), or `header:<name>`, `query:<name>`, `path:<name>`. */
  readonly pointer: string;
  /** Stable kebab-case code of what is wrong with it. */
  readonly code: string;
  /** What was expected, for people; never the refused value itself. */
  readonly detail?: string;
  /** Position in a program's source text, both counted from 1. */
  readonly line?: number;
  readonly column?: number;
}

export interface FaultContext {
  /** A sentence about this occurrence. Shown to the client, so never a secret, a name of a foreign object, or SQL. */
  readonly detail?: string;
  readonly pointers?: readonly FaultPointer[];
  /** Response headers that belong to the refusal: `Retry-After`, `WWW-Authenticate`, `Allow`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further RFC 9457 members, e.g. `bytesRequired`. */
  readonly members?: Readonly<Record<string, string | number | boolean>>;
  /** This occurrence looks like an attack: recorded, never rendered. */
  readonly suspicion?: Suspicion;
  /**
   * A denial that is told as an absence: there is something, and the client may not learn so. Recorded as the denial
   * that it is; the answer, and how long it takes, are those of what is not there.
   */
  readonly concealed?: true;
  /** What lies beneath: logged, never rendered. */
  readonly cause?: unknown;
}

export class Fault extends Error {
  override readonly name = 'Fault';

  constructor(
    readonly kind: FaultKind,
    readonly context: FaultContext = {},
  ) {
    super(context.detail ?? kind.title, context.cause === undefined ? undefined : { cause: context.cause });
  }

  /** The fault as refusing one field. */
  static at(kind: FaultKind, pointer: string, code: string, detail?: string): Fault {
    return new Fault(kind, { ...(detail === undefined ? {} : { detail }), pointers: [{ pointer, code, ...(detail === undefined ? {} : { detail }) }] });
  }
}

type KindTable<T extends Readonly<Record<string, Omit<FaultKind, 'code'>>>> = {
  readonly [K in keyof T]: FaultKind & { readonly code: K };
};

/** Declares a module's kinds of fault: the key is the code. */
export function faultKinds<const T extends Readonly<Record<string, Omit<FaultKind, 'code'>>>>(table: T): KindTable<T> {
  const kinds = Object.entries(table).map(([code, kind]) => [code, Object.freeze({ code, ...kind })] as const);
  return Object.freeze(Object.fromEntries(kinds)) as KindTable<T>;
}
