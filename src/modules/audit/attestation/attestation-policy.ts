import { readFileSync, statSync } from 'node:fs';
import { ConfigError } from '#platform/config/load-config.js';
import { isQuorum, parseWitnessPolicy, POLICY_BYTES_MAX, PolicyError, type PolicyWitness, type WitnessPolicy } from '#pure/transparency-log/witness-policy.js';

/** Which witnesses there are, and what they must have done before a checkpoint is shown. */
export class AttestationPolicy {
  /** Null: `AUDIT_WITNESS_POLICY_FILE` is not given. */
  constructor(readonly witnesses: WitnessPolicy | null) {}

  /** Nothing has to be waited for: also where witnesses are asked and none is required. */
  get isShownAtOnce(): boolean {
    return this.witnesses === null || isQuorum(this.witnesses, new Set());
  }

  /** Those that can be asked. */
  get reachable(): readonly (PolicyWitness & { readonly url: string })[] {
    return (this.witnesses?.witnesses ?? []).flatMap((witness) => (witness.url === null ? [] : [{ ...witness, url: witness.url }]));
  }
}

/**
 * Reads the policy file at boot. Throws ConfigError with every finding and its line; a log that could never be shown is
 * one, and so is in production a witness that anybody on the way could speak for.
 */
export function readAttestationPolicy(file: string | null, production: boolean): AttestationPolicy {
  if (file === null) return new AttestationPolicy(null);
  try {
    if (statSync(file).size > POLICY_BYTES_MAX) throw new PolicyError([`a policy has at most ${POLICY_BYTES_MAX} bytes`]);
    const policy = new AttestationPolicy(parseWitnessPolicy(readFileSync(file), production ? 'https' : 'any'));
    const names = new Set(policy.reachable.map(({ name }) => name));
    if (!isQuorum(policy.witnesses!, names)) throw new PolicyError(['the quorum needs witnesses that have no URL, and can never be asked']);
    return policy;
  } catch (error) {
    if (error instanceof PolicyError) throw new ConfigError(error.findings.map((finding) => `AUDIT_WITNESS_POLICY_FILE: ${finding}`));
    throw new ConfigError([`AUDIT_WITNESS_POLICY_FILE cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`]);
  }
}
