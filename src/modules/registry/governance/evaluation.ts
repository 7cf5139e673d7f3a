import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Config } from '#platform/config/config.js';
import { Fault } from '#pure/fault/fault.js';
import { parseContentDigest } from '#pure/oci/content-digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { type EvaluatedState, isEvaluated, type ManifestState } from '../domain/manifest-state.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { type Demand, missingOf } from '../domain/demands.js';
import { anchorOf } from '../domain/trusted-key.js';
import { type FoundSignature, LifecycleRepository, type ManifestPlace } from '../persistence/lifecycle.repository.js';
import { PolicyRepository } from '../persistence/policy.repository.js';
import { TrustedKeyRepository } from '../persistence/trusted-key.repository.js';
import { TRUSTED_KEYS_MAX } from '../domain/trusted-key.js';
import { EvidenceReader } from './evidence-reader.js';

/** What an evaluation came to. */
export interface Evaluation {
  readonly state: ManifestState;
  readonly version: number;
  /** Demands of the policy that nothing was found for. */
  readonly missing: readonly Demand[];
  readonly signatures: readonly FoundSignature[];
}

/** Another policy or state meanwhile, and all is looked at again. */
const ATTEMPTS_MAX = 3;

/**
 * Holds a manifest against its project's policy. What there is to find is read before the transaction, which is held only over rows;
 * so the transaction asks again whether policy and keys are those that it was held against.
 */
@Injectable()
export class EvaluationOfManifests {
  private readonly logger = new Logger('registry');

  constructor(
    private readonly uow: UnitOfWork,
    private readonly lifecycle: LifecycleRepository,
    private readonly policies: PolicyRepository,
    private readonly keys: TrustedKeyRepository,
    private readonly evidence: EvidenceReader,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /**
   * Decides between `quarantined` and `verified`, and leaves every other state. An entry is made when the state changes, and `always`
   * when somebody asked. Faults: manifest-unknown, conflict.
   */
  async evaluate(principal: Principal, place: ManifestPlace, always: boolean): Promise<Evaluation> {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const found = await this.look(principal, place);
      const evaluation = await this.uow.run(principal, (tx) => this.conclude(tx, principal, place, found, always));
      if (evaluation !== null) return evaluation;
    }
    throw new Fault(REGISTRY_FAULTS['transition-refused'], { detail: 'The policy is being changed: ask again.' });
  }

  /** After a push: what fails is found again by the job, and the push stands. */
  async tryEvaluate(principal: Principal, place: ManifestPlace): Promise<void> {
    try {
      await this.evaluate(principal, place, false);
    } catch (cause) {
      if (!(cause instanceof Fault) || cause.kind.status >= 500) this.logger.warn('an evaluation failed and will be tried again', { error: cause, digest: place.digest });
    }
  }

  private async look(principal: Principal, { projectId, repositoryId, repository, digest }: ManifestPlace): Promise<Found> {
    const { policy, keys } = await this.uow.read(principal, async (reading) => ({ policy: await this.policies.of(reading, projectId), keys: await this.keys.list(reading, projectId, { after: null, limit: TRUSTED_KEYS_MAX }) }));
    const anchors = keys.items.map(anchorOf).filter((anchor) => anchor !== null);
    const image = {
      digest: parseContentDigest(digest)!, // The column's check.
      repositories: policy.demands.signatureNamesRepository ? [`${new URL(this.config.http.publicUrl).host}/${repository}`] : null,
      atMillis: this.clock.nowMillis(),
    };
    const found = await this.evidence.read(principal, repositoryId, image, anchors);
    return { policyVersion: policy.version, missing: missingOf(policy.demands, found), signatures: found.signatures };
  }

  private async conclude(tx: Tx, principal: Principal, place: ManifestPlace, { policyVersion, missing, signatures }: Found, always: boolean): Promise<Evaluation | null> {
    const policy = await this.policies.hold(tx, place.projectId);
    const standing = await this.lifecycle.lock(tx, place.repositoryId, place.digest);
    if (standing === null) throw new Fault(REGISTRY_FAULTS['manifest-unknown']);
    if (policy.version !== policyVersion) return null;
    await this.lifecycle.keepSignatures(tx, place.repositoryId, place.digest, signatures);
    await this.lifecycle.setEvaluated(tx, place, policyVersion);
    const decided: EvaluatedState = missing.length === 0 ? 'verified' : 'quarantined';
    const changes = isEvaluated(standing.state) && standing.state !== decided;
    const state = changes ? decided : standing.state;
    if (changes) await this.lifecycle.setState(tx, place, decided, missing.length === 0 ? null : `missing: ${missing.join(', ')}`);
    if (changes || always) await this.record(tx, principal, place, { from: standing.state, to: state, policyVersion, missing, signatures: signatures.length });
    return { state, version: standing.version + (changes ? 1 : 0), missing, signatures };
  }

  private async record(tx: Tx, actor: Principal, { projectId, repositoryId, digest }: ManifestPlace, facts: { readonly from: string; readonly to: string; readonly policyVersion: number; readonly missing: readonly Demand[]; readonly signatures: number }): Promise<void> {
    await this.audit.append(tx, {
      kind: REGISTRY_EVENTS['registry.manifest.evaluate'],
      outcome: 'success',
      actor,
      projectId,
      targets: [
        { type: 'manifest', uid: digest },
        { type: 'repository', uid: repositoryId },
      ],
      facts: { digest, ...facts },
    });
  }
}

interface Found {
  readonly policyVersion: number;
  readonly missing: readonly Demand[];
  readonly signatures: readonly FoundSignature[];
}
