import type { AuditLog } from '#modules/audit/index.js';
import type { Keyring } from '#modules/crypto/index.js';
import type { SequencerUnitOfWork } from '#platform/database/unit-of-work.js';
import type { Metrics } from '#platform/metrics/metrics.js';
import type { Clock } from '#platform/system/clock.js';
import type { WitnessPolicy } from '#pure/transparency-log/witness-policy.js';
import type { Anchor } from '../../src/modules/audit/attestation/anchor.js';
import { Attestation, clientsOf, Outside } from '../../src/modules/audit/attestation/attestation.js';
import { AttestationPolicy } from '../../src/modules/audit/attestation/attestation-policy.js';
import { AttestorJournal } from '../../src/modules/audit/attestation/attestor-journal.js';
import { ForkWatch } from '../../src/modules/audit/attestation/fork-watch.js';
import type { Finding } from '../../src/modules/audit/domain/finding.js';
import { AttestationRepository } from '../../src/modules/audit/persistence/attestation.repository.js';
import { AttestorRepository } from '../../src/modules/audit/persistence/attestor.repository.js';
import { TreeRepository } from '../../src/modules/audit/persistence/tree.repository.js';

/** Witnesses and anchors of a test ledger. */
export interface TestAttestation {
  readonly attestation: Attestation;
  readonly policy: AttestationPolicy;
  /** What the engine wanted to raise an alert about. */
  readonly raised: readonly Finding[];
}

export interface AttestationParts {
  readonly sequencerLogin: SequencerUnitOfWork;
  readonly keyring: Keyring;
  readonly log: AuditLog;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly anchors: readonly Anchor[];
  readonly witnessPolicy: WitnessPolicy | null;
}

export function testAttestation({ sequencerLogin, keyring, log, metrics, clock, anchors, witnessPolicy }: AttestationParts): TestAttestation {
  const [tree, attestations, attestors] = [new TreeRepository(), new AttestationRepository(), new AttestorRepository()];
  const policy = new AttestationPolicy(witnessPolicy);
  const outside = new Outside(anchors, clientsOf(policy));
  const raised: Finding[] = [];
  const alerts = { raise: (_tx: unknown, finding: Finding) => Promise.resolve(void raised.push(finding)) };
  const watch = new ForkWatch(sequencerLogin, tree, attestors, keyring, [...outside.anchors, ...outside.witnesses], log, alerts, metrics, clock);
  const attestation = new Attestation(outside, policy, sequencerLogin, tree, attestations, attestors, new AttestorJournal(attestors, log), watch, metrics, clock);
  return { attestation, policy, raised };
}
