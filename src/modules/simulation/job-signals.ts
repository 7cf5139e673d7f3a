import { EventEmitter } from 'node:events';
import { Injectable } from '@nestjs/common';
import type { UnsignedResult } from './persistence/signature.repository.js';

interface Signals {
  /** A job was submitted or given back. */
  readonly queued: [];
  /** Somebody wants a running job cancelled. */
  readonly cancellation: [];
  /** A result was stored, and is to be signed. */
  readonly unsigned: [result: UnsignedResult];
  /** A job has ended. */
  readonly ended: [id: string];
  /** A thread of the worker is free again. */
  readonly freed: [];
}

/**
 * Shortcuts between the parts of one process, sent after commit: who hears one need not wait for its next poll. None is
 * relied upon, since the other part may live in another process, where only the poll finds out.
 */
@Injectable()
export class JobSignals {
  private readonly emitter = new EventEmitter<{ [K in keyof Signals]: Signals[K] }>().setMaxListeners(0);

  send<K extends keyof Signals>(signal: K, ...values: Signals[K]): void {
    (this.emitter as EventEmitter).emit(signal, ...values);
  }

  /** @returns stops listening. */
  listen<K extends keyof Signals>(signal: K, listener: (...values: Signals[K]) => void): () => void {
    (this.emitter as EventEmitter).on(signal, listener);
    return () => void (this.emitter as EventEmitter).off(signal, listener);
  }
}
