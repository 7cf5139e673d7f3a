import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

const argon2 = crypto.argon2;

/** Every argon2 run of this process, whoever asked for it: import it before what hashes is made. */
export const hashing = {
  runs: 0,
  /** Where this is an array, each run waits in it until the spec lets it go on. */
  held: null as (() => void)[] | null,
};

crypto.argon2 = ((...parameters: Parameters<typeof argon2>) => {
  hashing.runs += 1;
  const run = (): void => argon2(...parameters);
  if (hashing.held === null) run();
  else hashing.held.push(run);
}) as typeof argon2;
syncBuiltinESMExports();
