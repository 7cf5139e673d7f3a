import { parseStrictJson } from './strict-parse.js';

/** Bodies of about 1 MiB, the most that the pipeline takes, beside the limit: JSON.parse of the same text, which checks less. */
const BODIES: Readonly<Record<string, string>> = {
  'a program of 1 MiB in one string': JSON.stringify({ program: { language: 'openqasm2', source: 'h q[0];\n'.repeat(110_000) } }),
  '20,000 objects of three members': JSON.stringify(Array.from({ length: 20_000 }, (_, i) => ({ id: i, angle: i * 1.5, name: `parameter ${i}` }))),
  '60,000 numbers': JSON.stringify(Array.from({ length: 60_000 }, (_, i) => Math.sqrt(i))),
};
const LIMITS = { membersMax: 1_000_000 };
const ROUNDS = 15;

function medianMillis(work: () => unknown): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const start = process.hrtime.bigint();
    work();
    return Number(process.hrtime.bigint() - start) / 1e6;
  });
  return times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!;
}

for (const [name, body] of Object.entries(BODIES)) {
  const bytes = Buffer.from(body, 'utf8');
  const limit = medianMillis(() => JSON.parse(bytes.toString('utf8')) as unknown);
  const strict = medianMillis(() => parseStrictJson(bytes, LIMITS));
  const size = `${(bytes.length / 1024).toFixed(0)} KiB`;
  console.log(`${name.padEnd(36)} ${size.padStart(9)}  ${strict.toFixed(1).padStart(6)} ms  ${(strict / limit).toFixed(1).padStart(5)} × JSON.parse (${limit.toFixed(1)} ms)`);
}
