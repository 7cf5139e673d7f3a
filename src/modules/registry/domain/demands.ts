import type { Demands, Severity } from './registry-policy.js';
import { isAtMost } from './scan-report.js';

/** What a policy can ask for, as evaluations name what is missing. */
export type Demand = 'signature' | 'sbom' | 'scan-report' | 'scan-severity';

/** What was found about a manifest. */
export interface FoundFacts {
  /** By somebody whom the project believes. */
  readonly signatures: readonly unknown[];
  readonly hasSbom: boolean;
  /** The worst finding of the report that was pushed last; null: there is none that can be read. */
  readonly worstFinding: Severity | null;
}

/** The demands that are not met. */
export function missingOf(demands: Demands, { signatures, hasSbom, worstFinding }: FoundFacts): readonly Demand[] {
  const most = demands.scanSeverityMax;
  return [
    ...(demands.signature && signatures.length === 0 ? (['signature'] as const) : []),
    ...(demands.sbom && !hasSbom ? (['sbom'] as const) : []),
    ...(most !== null && worstFinding === null ? (['scan-report'] as const) : []),
    ...(most !== null && worstFinding !== null && !isAtMost(worstFinding, most) ? (['scan-severity'] as const) : []),
  ];
}
