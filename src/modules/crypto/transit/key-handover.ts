import type { UnitOfWork } from '#platform/database/unit-of-work.js';
import type { Principal } from '#pure/principal/principal.js';
import type { Randomness } from '#platform/system/randomness.js';
import type { TransitKey } from '../domain/transit-key.js';
import { type TransportHash, wrapForImport } from '../primitives/key-wrap-padding.js';
import type { TransitKeyRepository } from '../persistence/transit-key.repository.js';
import type { TransitVersionRepository } from '../persistence/transit-version.repository.js';
import type { DeedRecord } from './deed-record.js';
import type { KeyDirectory } from './key-directory.js';
import { wantedRows, type WantedVersions } from './key-export.js';
import { refused, refuseSoftDeleted, unknown } from './key-refusals.js';
import { type ProjectWrapping, unwrapVersion } from './version-wrapping.js';

export interface HandoverDeed {
  readonly source: TransitKey;
  readonly destination: TransitKey;
  readonly versions: readonly number[];
}

const RSA_TYPES: ReadonlySet<string> = new Set(['rsa-2048', 'rsa-3072', 'rsa-4096']);

/** Handing keys to another server: wrapped for its wrapping key, which was imported here as a key of its own. */
export class KeyHandover {
  constructor(
    private readonly uow: Pick<UnitOfWork, 'run'>,
    private readonly keys: TransitKeyRepository,
    private readonly versions: TransitVersionRepository,
    private readonly projectKeys: { of(projectId: string): Promise<ProjectWrapping> },
    private readonly directory: Pick<KeyDirectory, 'publicHandle'>,
    private readonly randomness: Randomness,
  ) {}

  /** What `import` of the other server takes, by version. Recorded, and the record committed, before anything is unwrapped. */
  async handOver(principal: Principal, projectId: string, names: { readonly source: string; readonly destination: string }, wanted: WantedVersions, hash: TransportHash, record: DeedRecord<HandoverDeed>): Promise<{ readonly key: TransitKey; readonly blobs: Readonly<Record<string, Buffer>> }> {
    const project = await this.projectKeys.of(projectId);
    const { source, destination, rows } = await this.uow.run(principal, async (tx) => {
      const destination = await this.keys.find(tx, projectId, names.destination);
      if (destination === null) throw unknown('no such destination key to export to');
      const source = await this.keys.find(tx, projectId, names.source);
      if (source === null) throw unknown('no such source key for export');
      if (!source.exportable) throw refused('key is not exportable');
      if (!RSA_TYPES.has(destination.type)) throw refused('the destination must be an RSA key');
      refuseSoftDeleted(source);
      refuseSoftDeleted(destination);
      const rows = await wantedRows(tx, this.versions, source, wanted);
      await record(tx, { source, destination, versions: rows.map(({ version }) => version) });
      return { source, destination, rows };
    });
    const { publicKey } = await this.directory.publicHandle(destination, destination.latestVersion);
    if (publicKey === undefined) throw new Error('the handle of an RSA key has no public key');
    const blobs: Record<string, Buffer> = {};
    for (const row of rows) {
      const { secret, hmacKey } = unwrapVersion(project, source, row);
      try {
        if (secret !== null) blobs[row.version] = wrapForImport(publicKey, secret, this.randomness, hash);
      } finally {
        secret?.fill(0);
        hmacKey.fill(0);
      }
    }
    return { key: source, blobs };
  }
}
