import { VARIABLES } from '#platform/config/variables.js';
import type { Environment } from '#platform/config/environment.js';
import { forbiddenIn } from './loader/forbidden-environment.js';

/** A variable is set that no server of production may have. */
export class EnvironmentRefusal extends Error {
  override readonly name = 'EnvironmentRefusal';

  constructor(readonly names: readonly string[]) {
    super(`production is not started with ${names.join(', ')} in its environment: they change what is run, what is trusted or what is told to whom`);
  }
}

/** What systems and people set for every process, and what Node reads that an operator may mean. */
const OF_SURROUNDINGS: ReadonlySet<string> = new Set([
  'CREDENTIALS_DIRECTORY', // systemd.exec(5); read by the configuration
  'HOME',
  'HOSTNAME',
  'LANG',
  'LC_ALL',
  'LOGNAME',
  'NODE_EXTRA_CA_CERTS',
  'PATH',
  'RELEASE_TRUST_DIR',
  'TERM',
  'TMPDIR',
  'TZ',
  'USER',
  'UV_THREADPOOL_SIZE',
]);

export interface AdmittedEnvironment {
  /** Set, and refused in production. */
  readonly forbidden: readonly string[];
  /** What nobody here reads on purpose: a library might (`PGSSLMODE`, `AWS_PROFILE`, `OTEL_…`), and be led by who sets it. */
  readonly unknown: readonly string[];
}

/** By name; values are not looked at. */
export function admitEnvironment(environment: Environment): AdmittedEnvironment {
  const forbidden = forbiddenIn(environment);
  const unknown = Object.keys(environment).filter((name) => !forbidden.includes(name) && !OF_SURROUNDINGS.has(name) && !(name.replace(/_FILE$/, '') in VARIABLES) && !(name in VARIABLES));
  return { forbidden, unknown: unknown.sort() };
}
