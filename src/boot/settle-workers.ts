import type { ProcessRole } from '#platform/config/config.js';
import type { Drivers } from '#platform/system/drivers.js';
import { giveUpWorkers, isHeldByPermissions } from '#platform/system/worker-permission.js';
import type { ThreadRoster } from '#platform/threads/thread-roster.js';

/** What this process has of threads from now on. */
export type SettledWorkers =
  | { readonly kept: 'not held by the permission model' | 'simulates' }
  /** Of each pool, and by name what was loaded that is otherwise loaded when it is used. */
  | { readonly threads: Readonly<Record<string, number>>; readonly drivers: readonly string[] };

/**
 * What makes workers makes one that nothing holds (worker-permission.ts). So a process that only serves begins all threads that
 * it will ever have, loads what it would load later, and gives the right up, in each of them and here. One that simulates keeps it: a
 * job that outgrows its thread's heap ends the thread, and the next job needs another.
 */
export async function settleWorkers(roles: ReadonlySet<ProcessRole>, roster: ThreadRoster, drivers: Drivers): Promise<SettledWorkers> {
  if (!isHeldByPermissions()) return { kept: 'not held by the permission model' };
  if (roles.has('worker')) return { kept: 'simulates' };
  const loaded = await drivers.loadConfigured();
  const threads = await roster.hold();
  if (!giveUpWorkers()) throw new Error('this process keeps the right to make workers');
  return { threads, drivers: loaded };
}
