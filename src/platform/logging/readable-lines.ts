import type { DestinationStream } from 'pino';
import { printable } from '#pure/encoding/printable.js';

const LEVELS: Readonly<Record<number, { readonly name: string; readonly colour: number }>> = {
  10: { name: 'TRACE', colour: 90 },
  20: { name: 'DEBUG', colour: 90 },
  30: { name: 'INFO ', colour: 32 },
  40: { name: 'WARN ', colour: 33 },
  50: { name: 'ERROR', colour: 31 },
  60: { name: 'FATAL', colour: 31 },
};

/** Turns the JSON lines into lines for a person at a terminal. */
export function readableLines(write: (text: string) => void): DestinationStream {
  return {
    write: (line) => write(readableLine(line)),
  };
}

export function readableLine(line: string): string {
  const { level, time, context, message, error, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const { name, colour } = LEVELS[level as number] ?? LEVELS[30]!;
  const clock = new Date(time as string).toISOString().slice(11, 23);
  const rest = Object.entries(fields).map(([key, value]) => ` \x1b[36m${printable(key)}\x1b[0m=${printable(typeof value === 'string' ? value : JSON.stringify(value))}`);
  const where = typeof context === 'string' ? ` \x1b[35m${printable(context)}\x1b[0m` : '';
  return `\x1b[90m${clock}\x1b[0m \x1b[${colour}m${name}\x1b[0m${where} ${printable(String(message))}${rest.join('')}${errorLines(error)}\n`;
}

function errorLines(error: unknown): string {
  const lines: string[] = [];
  for (let current = error as { type?: string; message?: string; stack?: string; cause?: unknown } | undefined; current !== undefined; current = current.cause as typeof current) {
    lines.push((current.stack ?? `${current.type}: ${current.message}`).split('\n').map((line) => `    ${printable(line)}`).join('\n'));
  }
  return lines.map((line) => `\n${line}`).join('');
}
