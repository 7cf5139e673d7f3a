import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { ArtifactCopy, type ArtifactPlace, ArtifactPush, requirePlace } from '#modules/registry/index.js';
import { Config } from '#platform/config/config.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { RequestLimits } from '#platform/http/rate-limit/request-limits.js';
import { programDigestOf } from '#pure/digest/order-digest.js';
import { Fault } from '#pure/fault/fault.js';
import type { TitledDescriptor, WrittenDescriptor } from '#pure/oci/artifact-manifest.js';
import { parsePinnedReference, type PinnedReference } from '#pure/oci/pinned-reference.js';
import type { Principal } from '#pure/principal/principal.js';
import { readEntry, type RecordedEntry } from '#pure/transparency-log/recorded-entry.js';
import { parseTlogProof } from '#pure/transparency-log/tlog-proof.js';
import type { Job } from './domain/job.js';
import { circuitContent, SIMULATION_TYPE, simulationContent } from './domain/simulation-artifact.js';
import { SIMULATION_EVENTS } from './domain/simulation.events.js';
import { SIMULATION_FAULTS } from './domain/simulation.faults.js';
import { Drawings } from './drawings.js';
import { JobReader } from './job-reader.js';
import { ArtifactRepository, type KeptFiles } from './persistence/artifact.repository.js';

/** Hashed, sealed and synced in some ten milliseconds. */
const HIT_BYTES = 1024 * 1024;

export interface PushedSimulation extends ArtifactPlace {
  readonly artifactType: string;
  readonly manifest: WrittenDescriptor;
  /** The circuit. */
  readonly subject: WrittenDescriptor;
  readonly layers: readonly TitledDescriptor[];
}

/** Simulations as artifacts of the registry: whoever pulls one has what was found and the proof of it, and finds it by its circuit. */
@Injectable()
export class SimulationArtifacts {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly reader: JobReader,
    private readonly drawings: Drawings,
    private readonly kept: ArtifactRepository,
    private readonly artifacts: ArtifactPush,
    private readonly copies: ArtifactCopy,
    private readonly audit: AuditLog,
    private readonly limits: RequestLimits,
    private readonly config: Config,
  ) {}

  /**
   * Pushes a simulation that has succeeded, and its circuit where the repository has not got it. The same job gives the same
   * digests each time. Faults: those of the result; simulation-not-succeeded, receipt-not-ready, several-circuits; those of a push.
   */
  async push(principal: Principal, id: string, place: ArtifactPlace): Promise<PushedSimulation> {
    requirePlace(place);
    const job = await this.reader.succeeded(principal, id);
    const kept = await this.uow.read(principal, (reading) => this.kept.find(reading, id));
    const receipt = kept?.receipt ?? (await this.receipt(principal, id));
    await this.charge(principal, job);
    // First, so that who may push nothing there has nothing drawn or read.
    const subject = await this.subject(principal, job, place.repository);
    const files = kept ?? (await this.keep(principal, id, receipt));
    const content = simulationContent(job, entryOf(files.receipt), { ...files, result: await this.reader.result(principal, id) });
    const { manifest, layers } = await this.artifacts.push(principal, place, { ...content, subject }, async (tx, digest) => {
      await this.audit.append(tx, {
        kind: SIMULATION_EVENTS['simulation.artifact.push'],
        outcome: 'success',
        actor: principal,
        projectId: job.projectId,
        targets: [
          { type: 'simulation', uid: job.id },
          { type: 'manifest', uid: digest },
        ],
        facts: { digest, subject: subject.digest },
      });
    });
    return { ...place, artifactType: SIMULATION_TYPE, manifest, subject, layers };
  }

  /** Who pushes as a client sends every byte; here a request of a line stores megabytes. */
  private async charge({ id }: Principal, { resultSizeBytes }: Job): Promise<void> {
    // The first hit was counted when the request came.
    const hits = Math.floor((resultSizeBytes ?? 0) / HIT_BYTES);
    if (hits > 0) await this.limits.charge('principal', id, this.config.rateLimits.principalPerMinute, hits);
  }

  /** The circuit, in the same repository by then. Of several there is none that the result is about. */
  private async subject(principal: Principal, job: Job, repository: string): Promise<WrittenDescriptor> {
    const program = await this.reader.program(principal, job.id, 0);
    if (programDigestOf([program.source]) !== job.programDigest) throw new Fault(SIMULATION_FAULTS['several-circuits']);
    const [reference] = job.programReferences;
    if (reference !== undefined) return this.copies.ensure(principal, parsePinnedReference(reference) as PinnedReference, repository);
    const { manifest } = await this.artifacts.push(principal, { repository, tag: null }, { ...circuitContent(program), subject: null });
    return manifest;
  }

  private async receipt(principal: Principal, id: string): Promise<Buffer> {
    const receipt = await this.reader.receipt(principal, id);
    if (receipt === 'pending') throw new Fault(SIMULATION_FAULTS['receipt-not-ready'], { headers: { 'Retry-After': '1' } });
    return receipt;
  }

  /** A receipt grows with the log, and drawings are improved: what was pushed first is what the job is pushed with. */
  private async keep(principal: Principal, id: string, receipt: Buffer): Promise<KeptFiles> {
    const drawing = await this.drawing(principal, id);
    return this.uow.run(principal, (tx) => this.kept.keep(tx, id, { receipt, drawing }));
  }

  private async drawing(principal: Principal, id: string): Promise<Buffer | null> {
    try {
      return Buffer.from(await this.drawings.circuit(principal, id, 0, 'svg'), 'utf8');
    } catch (cause) {
      if (cause instanceof Fault && cause.kind === SIMULATION_FAULTS['result-absent']) return null;
      throw cause;
    }
  }
}

/** Our own, of an entry that has a receipt. */
function entryOf(receipt: Buffer): RecordedEntry {
  return readEntry(parseTlogProof(receipt).extra!)!;
}
