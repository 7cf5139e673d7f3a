/** Why a probe failed, for the log: nothing of it reaches the answer. */
export class ProbeFailure extends Error {
  override readonly name = 'ProbeFailure';
}

/** One thing that must work for this process to take requests. */
export interface HealthProbe {
  /** A constant lower-case name, shown in the answer. */
  readonly name: string;
  /** Resolves when it works, rejects when it does not; must leave nothing behind. Given two seconds. */
  check(): Promise<void>;
}

/**
 * The probes of this process. Those of the database follow from the roles; whoever runs something else that requests
 * depend on (a pool of threads) adds its own when its module starts.
 */
export class HealthProbes {
  private readonly added = new Map<string, HealthProbe>();

  add(probe: HealthProbe): void {
    if (this.added.has(probe.name)) throw new Error(`there are two probes called ${probe.name}`);
    this.added.set(probe.name, probe);
  }

  get all(): readonly HealthProbe[] {
    return [...this.added.values()];
  }
}
