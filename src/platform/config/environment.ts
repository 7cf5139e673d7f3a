/** What a process was started with. The one place where it is read: everything else takes `Config`. */
export type Environment = Readonly<Record<string, string | undefined>>;

export function readEnvironment(): Environment {
  return { ...process.env };
}
