import { appendFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { isMainThread, Worker } from 'node:worker_threads';
import pg from 'pg';

/**
 * Preloaded into a server (`NODE_OPTIONS=--import=…`): writes a line for each request with what its main thread did until
 * the answer was sent, statements by their names and messages to and from threads, in milliseconds since it came. For
 * one request at a time: what the process does besides stands among it.
 */
const file = process.env['STEP_TRACE_FILE'];

export type Step = readonly [millis: number, what: string];

type Method = (this: unknown, ...given: unknown[]) => unknown;

/** Has `note` told what is called, before it is. */
function watch(prototype: object, method: string, note: (...given: unknown[]) => void): void {
  const methods = prototype as Record<string, Method>;
  const real = methods[method] as Method;
  methods[method] = function watched(...given) {
    note(...given);
    return real.apply(this, given);
  };
}

function nameOf(statement: unknown): string {
  const { name, text = '' } = typeof statement === 'string' ? { text: statement } : (statement as { name?: string; text?: string });
  return name ?? text.replaceAll(/\s+/g, ' ').trim().slice(0, 60);
}

function trace(path: string): void {
  let startMillis = 0;
  let steps: Step[] = [];
  const note = (what: string): void => void steps.push([performance.now() - startMillis, what]);
  watch(pg.Client.prototype, 'query', (statement) => note(nameOf(statement)));
  watch(Worker.prototype, 'postMessage', () => note('to a thread'));
  watch(Worker.prototype, 'emit', (event, message) => {
    if (event === 'message') note(`from a thread: ${(message as { kind: string }).kind}`);
  });
  // Of the class that the server's own is: prototypes of `node:http` are not exported by name.
  watch(Object.getPrototypeOf(createServer()) as Server, 'emit', (event, _request, response) => {
    if (event !== 'request') return;
    [startMillis, steps] = [performance.now(), []];
    (response as NodeJS.EventEmitter).once('finish', () => {
      note('answered');
      const line = `${JSON.stringify(steps)}\n`;
      setImmediate(() => appendFileSync(path, line));
    });
  });
}

if (isMainThread && file !== undefined) trace(file);
