import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { LedgerScene } from '../harness/ledger.js';
import type { Orders } from './audit-worker.js';

const WORKER = fileURLToPath(new URL('./audit-worker.js', import.meta.url));

export interface StartedWorker {
  kill(): void;
  /** It has acknowledged something. */
  readonly busy: Promise<void>;
  readonly ended: Promise<{ readonly signal: string | null; readonly stderr: string }>;
}

/** A process that keeps a ledger until it is killed, by its orders or by the spec; `acknowledge` hears of each deed. */
export function startAuditWorker(orders: Orders, acknowledge: (entryId: string) => void): StartedWorker {
  const child = spawn(process.execPath, [WORKER, JSON.stringify(orders)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const { promise: busy, resolve: isBusy } = Promise.withResolvers<void>();
  let [rest, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) acknowledge(line.slice('ack '.length));
    isBusy();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<{ signal: string | null; stderr: string }>((resolve) => child.once('close', (_code, signal) => resolve({ signal, stderr })));
  return { kill: () => void child.kill('SIGKILL'), ended, busy };
}

/** A killed client's last COMMIT may still be under way in the server, and the turn to sequence with it. */
export async function untilServerNoticed(scene: Pick<LedgerScene, 'query'>): Promise<void> {
  const sessions = () => scene.query(`SELECT FROM pg_stat_activity WHERE application_name = 'crash-test' AND datname = current_database()`);
  while ((await sessions()).length > 0) await sleep(5);
}
