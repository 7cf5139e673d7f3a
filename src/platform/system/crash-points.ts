import { writeSync } from 'node:fs';

/**
 * Named places at which a test can kill the process, so that a kill lands in the window that is meant and the report
 * can count it there. Unarmed, a passage costs one comparison; production configuration cannot arm one.
 */
let armed: { readonly name: string; left: number } | null = null;

/** `name` or `name:n`, from `Config.crashAt`: dies at the first, or the n-th, passage. Null disarms. */
export function armCrashPoint(specification: string | null): void {
  const [name = '', count = '1'] = specification?.split(':') ?? [];
  armed = specification === null ? null : { name, left: Number(count) };
}

/** Passes a place whose window matters, as `audit.append.before-commit`. */
export function crashPoint(name: string): void {
  if (armed?.name !== name) return;
  armed.left -= 1;
  if (armed.left > 0) return;
  // Synchronously: there is no later. SIGKILL, since every milder end would run handlers.
  writeSync(2, `crash point ${name}\n`);
  process.kill(process.pid, 'SIGKILL');
  // The signal is delivered when it is delivered; nothing of ours may run until then.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
