import { asLogin } from './boot-checks.js';
import { GRANTED_ROLES } from './grants.js';
import type { RoleUrls } from './database-urls.js';

/** A release that this installation has left behind: started again it would bring back what was mended since. */
export class ReleaseRollback extends Error {
  override readonly name = 'ReleaseRollback';
}

export interface AdmittedRelease {
  /** Of its manifest: `sha256:` and hex. */
  readonly digest: string;
  readonly version: string;
  readonly epoch: number;
}

const ADMIT = `
  WITH ahead AS (SELECT max(epoch) AS epoch FROM platform.release WHERE epoch > $3),
       admitted AS (
         INSERT INTO platform.release (digest, version, epoch) SELECT $1, $2, $3 FROM ahead WHERE ahead.epoch IS NULL
         ON CONFLICT (digest) DO NOTHING)
  SELECT epoch FROM ahead`;

/**
 * Remembers that this release has run here, unless one of a higher epoch has: then it throws `ReleaseRollback`. Releases of
 * one epoch may follow each other in any order. Rows are only ever added, by logins that can do nothing else to them.
 */
export async function admitRelease(urls: RoleUrls, { digest, version, epoch }: AdmittedRelease): Promise<void> {
  const url = GRANTED_ROLES.map((role) => urls[role]).find((given) => given !== undefined);
  if (url === undefined) throw new Error('there is no login to remember the release with');
  const { rows } = await asLogin(url, 'quantonium-release', (client) => client.query<{ epoch: number | null }>(ADMIT, [digest, version, epoch]));
  const ahead = rows[0]?.epoch ?? null;
  if (ahead !== null) throw new ReleaseRollback(`this release is of epoch ${epoch}, and one of epoch ${ahead} has run on this database: releases are not gone back behind an epoch`);
}
