import '../../../boot/loader/node-version.js';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { makeReleaseKeys, readReleaseKeys } from './release-keys.js';
import { ReleaseRefusal } from './release-refusal.js';
import { shippedFiles } from './shipped-files.js';
import { writeBillOfMaterials } from '../sbom/sbom.js';
import { writeRelease } from './write-release.js';

/**
 * `npm run build:release -- --keys DIR [--out DIR] [--without-database]`: what this checkout is as a release, in `release/`
 * unless told, with a manifest that is signed by both keys in DIR; without the Postgres that it could start for itself, for an
 * image. `-- --make-keys DIR` makes these two once, and in `DIR/trust` what servers
 * are given to know them by.
 */
const USAGE = 'build:release takes --keys DIR and perhaps --out DIR and --without-database, or --make-keys DIR';

interface Description {
  readonly version: string;
  readonly quantonium: { readonly releaseEpoch: number };
}

interface Order {
  readonly keys?: string | undefined;
  readonly out: string;
  readonly 'without-database': boolean;
  readonly 'make-keys'?: string | undefined;
}

function order(words: readonly string[]): Order {
  try {
    const { values } = parseArgs({ args: [...words], options: { keys: { type: 'string' }, out: { type: 'string', default: 'release' }, 'without-database': { type: 'boolean', default: false }, 'make-keys': { type: 'string' } } });
    return values;
  } catch {
    throw new ReleaseRefusal(USAGE);
  }
}

function buildRelease(words: readonly string[]): void {
  const { keys, out, 'without-database': withoutDatabase, 'make-keys': newKeys } = order(words);
  if ((keys === undefined) === (newKeys === undefined)) throw new ReleaseRefusal(USAGE);
  if (newKeys !== undefined) {
    makeReleaseKeys(newKeys);
    process.stdout.write(`keys    ${newKeys}\ntrust   ${newKeys}/trust: what servers are given as RELEASE_TRUST_DIR, or in /etc/quantonium/trust\n`);
    return;
  }
  const { version, quantonium } = JSON.parse(readFileSync('package.json', 'utf8')) as Description;
  writeBillOfMaterials(process.cwd());
  const files = shippedFiles(process.cwd(), !withoutDatabase);
  const identity = { version, epoch: quantonium.releaseEpoch, node: process.versions.node };
  const digest = writeRelease({ checkout: process.cwd(), directory: resolve(out), files, identity, keys: readReleaseKeys(keys!) });
  process.stdout.write(`release ${version}, epoch ${identity.epoch}, ${files.length} files, in ${resolve(out)}\ndigest  ${digest}\n`);
}

try {
  buildRelease(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ReleaseRefusal)) throw error;
  process.stderr.write(`build:release: ${error.message}\n`);
  process.exitCode = 78;
}
