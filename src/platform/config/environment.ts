/** What a process was started with. The one place where it is read: everything else takes `Config`. */
export type Environment = Readonly<Record<string, string | undefined>>;

export function readEnvironment(): Environment {
  return { ...process.env };
}

/** For what reads the environment by itself, further down: libraries, and Node. */
export function dropFromEnvironment(names: readonly string[]): void {
  for (const name of names) delete process.env[name];
}
