import assert from 'node:assert/strict';
import { existsSync, lutimesSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Answer } from '../harness/api.js';
import { descriptorOf, CONFIG, digestOf, LAYER, type RegistryClient } from '../harness/registry-client.js';
import { type RunningServer, startServer } from '../harness/server.js';
import { until } from '../harness/simulation.js';
import type { PointOf } from './crash-points.js';
import { inspect, settleLedger } from './ledger-inspection.js';
import { filesIn, openRegistryInstallation, type RegistryInstallation } from './registry-installation.js';

type Point = PointOf<'registry-crash'>;
const MIB = 1024 * 1024;

/** A repository and bytes of one kill alone. */
interface Place {
  readonly name: string;
  readonly bytes: Buffer;
  readonly digest: string;
  /** Of an upload that is open when the kill strikes. */
  location: string;
}

/** One deed that is cut off: what is acknowledged before, what the server dies over, and what must be true on the next one. */
interface Kill {
  readonly prepare?: (client: RegistryClient, place: Place) => Promise<void>;
  /** Nothing: the server dies by itself, over the collection at its start. */
  readonly strike?: (client: RegistryClient, place: Place) => Promise<unknown>;
  readonly check: (client: RegistryClient, place: Place) => Promise<void>;
}

async function expect(answer: Promise<Answer<unknown>>, status: number): Promise<Answer<unknown>> {
  const seen = await answer;
  assert.equal(seen.status, status, seen.text);
  return seen;
}

/** HEAD and GET say the same, and what is given is right. */
async function isThere(client: RegistryClient, { name, bytes, digest }: Place, there: boolean): Promise<void> {
  const path = `/v2/${name}/blobs/${digest}`;
  assert.equal((await client.send('HEAD', path)).status, there ? 200 : 404);
  const got = await client.bytes(path);
  assert.equal(got.status, there ? 200 : 404);
  if (there) assert.ok(got.bytes.equals(bytes), 'other bytes were given');
}

async function pushAgain(client: RegistryClient, place: Place): Promise<void> {
  await expect(client.pushBlob(place.name, place.bytes), 201);
  await isThere(client, place, true);
}

/** Where a client that was cut off is told to go on. */
async function offsetOf(client: RegistryClient, location: string): Promise<number> {
  const range = (await expect(client.send('GET', location), 204)).headers.get('range');
  const last = Number(/^0-(\d+)$/.exec(range ?? '')?.[1]);
  return last === 0 ? 0 : last + 1;
}

const pushWhole = (isShown: boolean): Kill => ({
  strike: (client, { name, digest, bytes }) => client.send('POST', `/v2/${name}/blobs/uploads/?digest=${digest}`, { body: bytes, headers: { 'content-type': 'application/octet-stream' } }),
  check: async (client, place) => {
    await isThere(client, place, isShown);
    await pushAgain(client, place);
  },
});

/** The bytes come in pieces and are acknowledged; then their end is cut off. */
const pushPieces = (isShown: boolean): Kill => ({
  prepare: async (client, place) => {
    place.location = await client.open(place.name);
    await expect(client.patch(place.location, place.bytes), 202);
  },
  strike: (client, { location, digest }) => client.finish(location, digest),
  check: async (client, place) => {
    await isThere(client, place, isShown);
    if (isShown) await expect(client.send('GET', place.location), 404);
    else await goOn(client, place);
    await isThere(client, place, true);
  },
});

async function goOn(client: RegistryClient, { location, digest, bytes }: Place): Promise<void> {
  const offset = await offsetOf(client, location);
  if (offset < bytes.length) await expect(client.patch(location, bytes.subarray(offset), offset), 202);
  await expect(client.finish(location, digest), 201);
}

/** A piece is acknowledged, and the next is cut off. */
const ACKNOWLEDGED_BYTES = MIB + 300_000;
const append: Kill = {
  prepare: async (client, place) => {
    place.location = await client.open(place.name);
    await expect(client.patch(place.location, place.bytes.subarray(0, ACKNOWLEDGED_BYTES)), 202);
  },
  strike: (client, { location, bytes }) => client.patch(location, bytes.subarray(ACKNOWLEDGED_BYTES), ACKNOWLEDGED_BYTES),
  check: async (client, place) => {
    const offset = await offsetOf(client, place.location);
    assert.ok(offset >= ACKNOWLEDGED_BYTES && offset <= place.bytes.length, `${offset} of ${ACKNOWLEDGED_BYTES} bytes are there`);
    await isThere(client, place, false);
    await goOn(client, place);
    await isThere(client, place, true);
  },
};

function manifestOf({ bytes }: Place, serial = 1): string {
  return JSON.stringify({ schemaVersion: 2, config: descriptorOf(CONFIG, bytes), layers: [descriptorOf(LAYER, bytes)], annotations: { serial: String(serial) } });
}
const pushBlob = async (client: RegistryClient, { name, bytes }: Place): Promise<void> => void (await expect(client.pushBlob(name, bytes), 201));

async function isTagged(client: RegistryClient, { name }: Place, manifest: string | null): Promise<void> {
  const got = await client.bytes(`/v2/${name}/manifests/latest`);
  assert.equal(got.status, manifest === null ? 404 : 200);
  if (manifest !== null) assert.equal(got.bytes.toString(), manifest);
}

const pushManifest = (isShown: boolean): Kill => ({
  prepare: pushBlob,
  strike: (client, place) => client.putManifest(place.name, 'latest', manifestOf(place)),
  check: async (client, place) => {
    await isTagged(client, place, isShown ? manifestOf(place) : null);
    await expect(client.putManifest(place.name, 'latest', manifestOf(place)), 201);
    await isTagged(client, place, manifestOf(place));
    await isThere(client, place, true);
  },
});

const moveTag: Kill = {
  prepare: async (client, place) => {
    await pushBlob(client, place);
    await expect(client.putManifest(place.name, 'latest', manifestOf(place)), 201);
  },
  strike: (client, place) => client.putManifest(place.name, 'latest', manifestOf(place, 2)),
  check: async (client, place) => {
    await isTagged(client, place, manifestOf(place));
    await expect(client.send('HEAD', `/v2/${place.name}/manifests/${digestOf(manifestOf(place, 2))}`), 404);
    await expect(client.putManifest(place.name, 'latest', manifestOf(place, 2)), 201);
    await isTagged(client, place, manifestOf(place, 2));
  },
};

const deleteManifest = (isGone: boolean): Kill => {
  const remove = (client: RegistryClient, place: Place) => client.send('DELETE', `/v2/${place.name}/manifests/${digestOf(manifestOf(place))}`);
  return {
    prepare: moveTag.prepare!,
    strike: remove,
    check: async (client, place) => {
      await isTagged(client, place, isGone ? null : manifestOf(place));
      await expect(remove(client, place), isGone ? 404 : 202);
      await isTagged(client, place, null);
      await isThere(client, place, true);
    },
  };
};

const deleteBlob = (isGone: boolean): Kill => {
  const remove = (client: RegistryClient, { name, digest }: Place) => client.send('DELETE', `/v2/${name}/blobs/${digest}`);
  return {
    prepare: pushBlob,
    strike: remove,
    check: async (client, place) => {
      await isThere(client, place, !isGone);
      await expect(remove(client, place), isGone ? 404 : 202);
      await pushAgain(client, place);
    },
  };
};

const mount = (isShown: boolean): Kill => {
  const ask = (client: RegistryClient, { name, digest }: Place) => client.send('POST', `/v2/${name}/blobs/uploads/?mount=${digest}&from=${name}-source`);
  return {
    prepare: (client, place) => pushBlob(client, { ...place, name: `${place.name}-source` }),
    strike: ask,
    check: async (client, place) => {
      await isThere(client, place, isShown);
      await expect(ask(client, place), 201);
      await isThere(client, place, true);
    },
  };
};

/** Pushed, and named by nothing for two days: it is on its way out, and was brought there by the start that was killed. */
const collect: Kill = {
  prepare: pushBlob,
  check: async (client, place) => {
    await isThere(client, place, false);
    await pushAgain(client, place);
  },
};

const KILLS_OF_DEEDS: Readonly<Record<Point, Kill>> = {
  'registry.append.after-record': append,
  'registry.append.before-sync': append,
  'registry.append.after-rest': append,
  'registry.append.after-sync': append,
  'registry.store.after-sync': pushPieces(false),
  'registry.store.after-rename': pushPieces(false),
  'registry.push.after-store': pushWhole(false),
  'registry.push.before-commit': pushPieces(false),
  'registry.push.after-commit': pushPieces(true),
  'registry.manifest.before-commit': pushManifest(false),
  'registry.manifest.after-commit': pushManifest(true),
  'registry.tag.after-row': moveTag,
  'registry.unname.before-commit': deleteManifest(false),
  'registry.unname.after-commit': deleteManifest(true),
  'registry.hide.before-commit': deleteBlob(false),
  'registry.hide.after-commit': deleteBlob(true),
  'registry.mount.before-commit': mount(false),
  'registry.mount.after-commit': mount(true),
  'registry.collection.after-hide': collect,
  'registry.removal.after-doom': collect,
  'registry.removal.after-rename': collect,
  'registry.removal.before-unlink': collect,
  'registry.removal.after-unlink': collect,
  'registry.removal.before-forget': collect,
  'registry.removal.after-forget': collect,
};
const POINTS = Object.keys(KILLS_OF_DEEDS) as Point[];

/** The built server, killed at each step of each deed, start after start; then one that is asked about everything, and one that clears up. */
describe('kills in the middle of pushes, deletions and collections', { timeout: 300_000 }, () => {
  let installation: RegistryInstallation;
  const places = new Map(POINTS.map((at, index) => {
    const bytes = Buffer.alloc(3 * MIB + 77, `${at} `);
    return [at, { name: `crash-${index}`, bytes, digest: digestOf(bytes), location: '' }] as const;
  }));
  before(async () => {
    installation = await openRegistryInstallation();
  });
  after(() => installation.close());

  const sql = async <T extends object>(text: string, values: unknown[] = []): Promise<readonly T[]> => (await installation.database.query<T>(text, values)).rows;
  const running = async (work: (client: RegistryClient) => Promise<void>): Promise<void> => {
    const server = await installation.start();
    await work(installation.at(server));
    assert.equal(await server.stop(), 0, server.output());
  };

  async function killAt(at: Point): Promise<void> {
    const { strike } = KILLS_OF_DEEDS[at];
    const place = places.get(at)!;
    if (strike === undefined) await sql(`UPDATE registry.repository_blob SET touched_at = touched_at - interval '2 days', review_since = review_since - interval '2 days' WHERE digest = $1`, [place.digest]);
    const server = await startServer(installation.home, { QUANTONIUM_CRASH_AT: at, QUANTONIUM_ROLES: 'api' }).catch((error: unknown) => {
      // A collection that is due is begun by the start itself, and may end it before it listens.
      if (strike === undefined && String(error).includes(`crash point ${at}`)) return null;
      throw error;
    });
    if (server !== null) await struck(server, at, strike === undefined ? null : strike(installation.at(server), place));
  }
  async function struck(server: RunningServer, at: Point, striking: Promise<unknown> | null): Promise<void> {
    const [answer] = await Promise.all([striking?.catch(() => null), server.exited]);
    assert.match(server.output(), new RegExp(`crash point ${at.replaceAll('.', '\\.')}\\n`), 'the kill landed elsewhere');
    assert.equal(answer ?? null, null, `${at}: it was answered`);
  }

  it('strike, each at its place', async () => {
    await running(async (client) => {
      for (const at of POINTS) await KILLS_OF_DEEDS[at].prepare?.(client, places.get(at)!);
    });
    for (const at of POINTS) await killAt(at);
  });

  it('lose nothing that was acknowledged, leave no answer that lies, and let the same deed be done', async () => {
    // Who has marked a blob and gone silent is waited for for fifteen seconds.
    await sql(`UPDATE registry.blob SET review_since = review_since - interval '1 minute' WHERE state = 'deleting'`);
    await running(async (client) => {
      await until(async () => (await sql(`SELECT FROM registry.blob WHERE state = 'deleting' OR review_since IS NOT NULL`)).length === 0);
      for (const at of POINTS) {
        try {
          await KILLS_OF_DEEDS[at].check(client, places.get(at)!);
        } catch (cause) {
          throw new Error(`after ${at}`, { cause });
        }
      }
    });
    assert.deepEqual(await sql(`SELECT digest FROM registry.blob WHERE state <> 'whole'`), []);
  });

  it('leave as many entries of pushes as there were pushes', async () => {
    for (const at of POINTS.filter((point) => /^registry\.(push|store|append)\./.test(point))) {
      const entries = await sql(`SELECT FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%registry.blob.push%' AND convert_from(body, 'UTF8') LIKE '%' || $1 || '%'`, [places.get(at)!.digest]);
      assert.equal(entries.length, 1, at);
    }
  });

  it('leave nothing that the next day does not clear away, and a ledger without a gap', async () => {
    const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
    for (const file of filesIn(installation.directory)) lutimesSync(join(installation.directory, file), twoDaysAgo, twoDaysAgo);
    await sql('UPDATE registry.upload SET expires_at = now()');
    const blobs = await sql<{ digest: string }>('SELECT digest FROM registry.blob ORDER BY digest');
    const known = blobs.map(({ digest }) => join('blobs', 'sha256', digest.slice(7, 9), digest.slice(7)));
    await running(() => until(() => JSON.stringify(filesIn(installation.directory).filter((file) => !file.startsWith('removed'))) === JSON.stringify(known)));
    assert.ok(existsSync(join(installation.directory, 'removed')));
    await settleLedger(installation.home);
    assert.deepEqual((await inspect(installation.database)).faults, []);
  });
});
