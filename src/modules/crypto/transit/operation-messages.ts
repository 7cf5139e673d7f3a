import type { KeyObject } from 'node:crypto';
import type { MessagePort } from 'node:worker_threads';
import { Fault, type FaultContext, type FaultKind } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { CRYPTO_FAULTS } from '../domain/crypto.faults.js';
import type { KeyHandle } from '../domain/key-type.js';
import type { TransitKey } from '../domain/transit-key.js';
import type { OperationName } from './operation-fields.js';
import type { OperationCounts, Signing } from './operation-run.js';
import type { OperationPath } from './operation-request.js';

/**
 * What goes between the main thread and one that works on a request. Which key and which of its versions are needed is
 * known only once the body has been parsed, and what parses it is the thread: it asks on, through a port of its own.
 * (Two passes, one that parses and one that works, would send every item across once more.)
 */
export interface OperationTask {
  readonly operation: OperationName;
  readonly path: OperationPath;
  /** Moved, and wiped once it is parsed. */
  readonly bytes: Uint8Array;
  readonly requestId: string;
  /** Whether it is known to be long, and has a place where it keeps nobody waiting. */
  readonly isLong: boolean;
  readonly port: MessagePort;
}

export type Question =
  | { readonly ask: 'key'; readonly hash: string | null }
  | { readonly ask: 'handle' | 'publicHandle' | 'hmacKey'; readonly version: number }
  | { readonly ask: 'spend'; readonly version: number; readonly encryptions: number }
  | { readonly ask: 'turn' };

export interface Asked {
  readonly id: number;
  readonly question: Question;
}

/** What the thread learns of the key. */
export interface KeyAnswer {
  readonly key: TransitKey;
  readonly macKey: KeyObject;
}

export type Answer = { readonly id: number } & ({ readonly value: KeyAnswer | KeyHandle | KeyObject | TransitKey | null } | { readonly fault: PlainFault });

/** What a class does not survive: the crossing. */
export interface PlainFault {
  readonly kind: FaultKind;
  readonly context: Omit<FaultContext, 'cause'>;
}

export function plainOf({ kind, context: { cause: _cause, ...context } }: Fault): PlainFault {
  return { kind, context };
}

const KINDS: Readonly<Record<string, FaultKind>> = { ...REQUEST_FAULTS, ...CRYPTO_FAULTS };

/** Of the kind that its code names: what has crossed is a copy, and kinds are compared as they are. */
export function faultOf({ kind, context }: PlainFault): Fault {
  return new Fault(KINDS[kind.code] ?? kind, context);
}

export interface OperationResult {
  /** The whole answer; null where there is a fault. */
  readonly body: Uint8Array | null;
  readonly fault: PlainFault | null;
  readonly status: number;
  readonly counts: OperationCounts;
  readonly signing: Signing | null;
  readonly versions: ReadonlyMap<number, number>;
  /** One after another. */
  readonly digests: Uint8Array;
  readonly root: Uint8Array | null;
}

/** `refused`: the request as a whole. `long`: its bytes, of which nothing has been done yet. */
export type OperationOutcome = { readonly refused: PlainFault } | { readonly long: Uint8Array } | { readonly done: OperationResult };

/** Of its own memory: what is moved to a thread takes all that it lies in along. What is copied is wiped where it was. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length === bytes.buffer.byteLength) return new Uint8Array(bytes.buffer);
  const copy = new Uint8Array(bytes);
  bytes.fill(0);
  return copy;
}
