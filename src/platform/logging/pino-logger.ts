import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, destination, pino, stdTimeFunctions } from 'pino';
import { printableJson } from '#pure/encoding/printable.js';
import type { LogLevel } from '../config/config.js';
import { activeTrace, requestTrail } from '../system/request-context.js';
import { readableLines } from './readable-lines.js';
import { describeError, redact, redactText } from './redaction.js';

/**
 * What Nest's `Logger` writes to. Messages are static; what varies goes into fields: `logger.warn('retrying', { attempt })`.
 * Lines of a request carry its id and that of its trace. Any argument may be an error, fields, or (the last string, as Nest hands it on)
 * the context.
 */
export class PinoLogger implements LoggerService {
  readonly #pino: Logger;

  /** JSON, one write per line, so that a crash loses none; lines for a person at a terminal outside production. */
  constructor(level: LogLevel, production: boolean, stream?: DestinationStream) {
    const isReadable = !production && process.stdout.isTTY === true;
    const output = stream ?? (isReadable ? readableLines((text) => process.stdout.write(text)) : destination({ dest: 1, sync: true }));
    this.#pino = pino(
      {
        level,
        base: null,
        messageKey: 'message',
        timestamp: stdTimeFunctions.isoTime,
        mixin: () => {
          const requestId = requestTrail()?.requestId;
          const traceId = activeTrace()?.traceId;
          return { ...(requestId === undefined ? {} : { requestId }), ...(traceId === undefined ? {} : { traceId }) };
        },
      },
      // What a client sent must not be a line of its own to any reader of ours.
      { write: (line) => output.write(printableJson(line)) },
    );
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.#write('info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.#write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.#write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.#write('fatal', message, rest);
  }

  #write(level: 'debug' | 'info' | 'warn' | 'error' | 'fatal', message: unknown, rest: readonly unknown[]): void {
    if (!this.#pino.isLevelEnabled(level)) return;
    const { text, fields } = lineOf(message, rest);
    this.#pino[level](fields, text);
  }
}

/** Sorts Nest's loose arguments into one message, fields, an error and a context. */
export function lineOf(message: unknown, rest: readonly unknown[]): { text: string; fields: Record<string, unknown> } {
  const others = [...rest];
  const last = others.at(-1);
  const context = typeof last === 'string' && !isStack(last) ? { context: others.pop() } : {};
  const fields = Object.assign({}, ...others.map(fieldsOf), typeof message === 'string' ? {} : fieldsOf(message), context) as Record<string, unknown>;
  return { text: textOf(message), fields };
}

function fieldsOf(argument: unknown): Record<string, unknown> {
  if (argument instanceof Error) return { error: describeError(argument) };
  if (typeof argument === 'string') return isStack(argument) ? { stack: redactText(argument) } : { note: redactText(argument) };
  if (typeof argument !== 'object' || argument === null) return {};
  // `err` and `msg` are what pino's users write.
  const { err, msg: _message, ...fields } = argument as Record<string, unknown>;
  return { ...(redact(fields) as object), ...(err instanceof Error ? { error: describeError(err) } : {}) };
}

function textOf(message: unknown): string {
  if (typeof message === 'string') return redactText(message);
  if (message instanceof Error) return redactText(message.message);
  const { msg } = Object(message) as { msg?: unknown };
  return typeof msg === 'string' ? redactText(msg) : typeof message === 'object' ? 'logged an object' : String(message);
}

function isStack(text: string): boolean {
  return /\n[ \t]+at /.test(text);
}
