/**
 * What of Node's permission model the types do not tell yet: rights are of a thread, and what one gives up it has not got
 * again (`permission.drop` of 24.21).
 */
interface WorkerPermission {
  has(scope: 'worker'): boolean;
  drop(scope: 'worker'): void;
}

function permission(): WorkerPermission | null {
  return (process.permission as WorkerPermission | undefined) ?? null;
}

/** Whether Node holds this thread to what it was started with. */
export function isHeldByPermissions(): boolean {
  return permission() !== null;
}

/**
 * From now on `new Worker` fails in this thread (`ERR_ACCESS_DENIED`): one with flags of its own would be held by nothing,
 * neither the permission model nor the loader that verifies a release (nodejs/node#62222). Returns whether that is so.
 */
export function giveUpWorkers(): boolean {
  const held = permission();
  if (held === null) return false;
  held.drop('worker');
  return !held.has('worker');
}
