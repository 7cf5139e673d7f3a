import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedHome, isRunning, testDirectory } from './data-directory.js';
import { createHome, startServer, type TestHome } from './server.js';

/**
 * An installation that was started once and stopped in order, as most servers in the world are: its database made and
 * migrated, its root key and its first owner there. Copied from one that the specs share, because making a database
 * takes longer than what most of them ask of it. What is about a first start, or about two installations that must have
 * nothing in common, takes `createHome`.
 */
export async function installedHome(environment: Readonly<Record<string, string>> = {}): Promise<TestHome> {
  const installation = await sharedInstallation();
  const home = createHome(environment);
  for (const part of PARTS) copy(join(installation, part), join(home.directory, part));
  return home;
}

/** What a first start leaves behind, as `createHome` has it lie: the database, the key, the checkpoints outside both. */
const PARTS: readonly string[] = ['data', 'root.key', 'anchors'];

/** Owners, modes and links as they are: the files of the database may belong to another account. */
function copy(from: string, to: string): void {
  const { status, stderr } = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cp -a ${from} ${to}: ${stderr}`);
}

let installation: Promise<string> | null = null;

function sharedInstallation(): Promise<string> {
  installation ??= findOrMake(join(testDirectory(), 'installations'), buildDigest());
  return installation;
}

/** Named by what was built, renamed into place whole: of two makers the first is kept, and a changed build gets a new one. */
async function findOrMake(directory: string, name: string): Promise<string> {
  const place = join(directory, name);
  if (existsSync(place)) return place;
  mkdirSync(directory, { recursive: true, mode: 0o711 });
  sweep(directory, name);
  const home = createHome();
  try {
    const server = await startServer(home);
    const code = await server.stop();
    if (code !== 0) throw new Error(`the installation to copy ended with ${code}:\n${server.output()}`);
    const data = home.environment['QUANTONIUM_DATA_DIR']!;
    if (!embeddedHome(data)?.startsWith(data)) throw new Error(`the database of ${data} is not in it: it cannot be copied`);
    const staging = join(directory, `${STAGING}${process.pid}`);
    mkdirSync(staging, { mode: 0o711 });
    for (const part of PARTS) copy(join(home.directory, part), join(staging, part));
    try {
      renameSync(staging, place);
    } catch (error) {
      if (!existsSync(place)) throw error;
      rmSync(staging, { recursive: true, force: true });
    }
  } finally {
    await home.dispose();
  }
  return place;
}

const STAGING = 'staging-';

/** Installations of earlier builds, and what makers left that are gone. */
function sweep(directory: string, current: string): void {
  for (const name of readdirSync(directory)) {
    const isBeingMade = name.startsWith(STAGING) && isRunning(Number(name.slice(STAGING.length)));
    if (name !== current && !isBeingMade) rmSync(join(directory, name), { recursive: true, force: true });
  }
}

/** Of everything that a first start runs. */
function buildDigest(): string {
  const hash = createHash('sha256');
  for (const file of globSync(['dist/src/**/*.js', 'dist/migrations/*.js']).sort()) if (!file.endsWith('.spec.js')) hash.update(file).update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}
