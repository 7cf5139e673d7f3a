import { setTimeout as sleep } from 'node:timers/promises';
import { systemPrincipal } from '#pure/principal/principal.js';
import type { Config, ObjectStoreConfig } from '#platform/config/config.js';
import { SequencerUnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { AttestationRepository } from '../persistence/attestation.repository.js';
import { AttestorRepository } from '../persistence/attestor.repository.js';
import { TreeRepository } from '../persistence/tree.repository.js';
import type { Anchor } from './anchor.js';
import { Anchoring } from './anchoring.js';
import type { AttestationPolicy } from './attestation-policy.js';
import { AttestorJournal } from './attestor-journal.js';
import { FileAnchor } from './file-anchor.js';
import { ForkWatch } from './fork-watch.js';
import { WebhookAnchor } from './webhook-anchor.js';
import { WitnessClient } from './witness-client.js';
import { Witnessing } from './witnessing.js';

/** For the witnesses together. */
const BEGIN_MILLIS = 3_000;

const ATTESTATION = systemPrincipal('attestation');

/** Everybody outside of the database who is told of checkpoints. */
export class Outside {
  constructor(
    readonly anchors: readonly Anchor[],
    readonly witnesses: readonly WitnessClient[],
  ) {}
}

export async function outsideOf({ production, dataDirectory, ledger, objectStore }: Config, policy: AttestationPolicy): Promise<Outside> {
  const { anchorDirectory, anchorWebhookUrl, anchorBucket } = ledger;
  const anchors = [
    new FileAnchor(anchorDirectory, production ? dataDirectory : null),
    ...(anchorWebhookUrl === null ? [] : [new WebhookAnchor(() => ledger.anchorWebhookUrl ?? anchorWebhookUrl)]),
    ...(anchorBucket === null || objectStore === null ? [] : [await objectStoreAnchor(objectStore, anchorBucket)]),
  ];
  return new Outside(anchors, clientsOf(policy));
}

/** Its client is loaded by whoever has a bucket: it is a tenth of what an engine's modules take to load. */
async function objectStoreAnchor(store: ObjectStoreConfig, bucket: string): Promise<Anchor> {
  const { ObjectStoreAnchor } = await import('./object-store-anchor.js');
  return new ObjectStoreAnchor(store, bucket);
}

/** One server may hold the keys of several witnesses of the policy, and cosign with all of them at once. */
export function clientsOf(policy: AttestationPolicy): readonly WitnessClient[] {
  const keys = (policy.witnesses?.witnesses ?? []).map(({ key }) => key);
  return policy.reachable.map((witness) => new WitnessClient(witness, keys));
}

/** What goes on between the log and the outside: a turn for each anchor and each witness, none of which waits for another. */
export class Attestation {
  readonly anchorings: readonly Anchoring[];
  readonly witnessings: readonly Witnessing[];

  constructor(
    outside: Outside,
    policy: AttestationPolicy,
    private readonly units: SequencerUnitOfWork,
    tree: TreeRepository,
    private readonly attestations: AttestationRepository,
    attestors: AttestorRepository,
    journal: AttestorJournal,
    readonly watch: ForkWatch,
    metrics: Metrics,
    clock: Clock,
  ) {
    this.anchorings = outside.anchors.map((anchor) => new Anchoring(anchor, units, tree, attestors, journal, watch, clock));
    this.witnessings = policy.reachable.map(
      (witness, index) => new Witnessing(witness, outside.witnesses[index]!, policy.witnesses!, units, tree, attestations, attestors, journal, watch, metrics, clock),
    );
  }

  /**
   * Boot's step: looks at everybody, asks each witness once (some show what they have in no other way), and says what
   * stands. Who hangs is not waited for. Returns why the log is forked, null when it is not.
   */
  async begin(): Promise<string | null> {
    await this.watch.begin();
    const asked = Promise.allSettled(this.witnessings.map((witnessing) => witnessing.turn()));
    await Promise.race([asked, sleep(BEGIN_MILLIS, undefined, { ref: false })]);
    return this.watch.standing();
  }

  /** Removes cosignatures that nobody needs any more. Returns how many went; there may be more. */
  thin(): Promise<number> {
    return this.units.run(ATTESTATION, (tx) => this.attestations.thin(tx));
  }
}
