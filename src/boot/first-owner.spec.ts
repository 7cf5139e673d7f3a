import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { FirstOwner } from '#modules/auth/index.js';
import { ensureFirstOwner, type FirstOwnerSettings, OwnerPasswordRefusal } from './first-owner.js';

const PASSWORD = '8x2kq-0v5nd-7hj3w-c9tza-4mger';

/** The engine's side of the hand-over, as it goes when this replica is first, late, or killed in between. */
function owner(course: 'first' | 'late' | 'killed'): { plans: unknown[]; engine: FirstOwner } {
  const plans: unknown[] = [];
  const ensure: FirstOwner['ensure'] = async (plan, handOver) => {
    plans.push(plan);
    if (plan.chosenPassword !== null) return true;
    await handOver.keep(PASSWORD);
    if (course === 'killed') throw new Error('killed');
    await (course === 'first' ? handOver.reveal(plan.username, PASSWORD) : handOver.discard());
    return course === 'first';
  };
  return { plans, engine: { ensure } as FirstOwner };
}

describe('boot: first owner', () => {
  let directory: string;
  let printed: string;
  const settings = (more: Partial<FirstOwnerSettings> = {}): FirstOwnerSettings => ({ ownerUsername: 'owner', ownerPasswordFile: null, dataDirectory: join(directory, 'data'), production: false, ...more });
  const terminal = (isTTY: boolean) => ({ isTTY, write: (text: string | Uint8Array): boolean => ((printed += String(text)), true) });
  const files = (): string[] => readdirSync(join(directory, 'data'), { recursive: true }).map(String).toSorted();

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'quantonium-owner-'));
    printed = '';
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('shows the password on a terminal and leaves no file', async () => {
    assert.equal(await ensureFirstOwner(owner('first').engine, settings(), terminal(true)), true);
    assert.ok(printed.includes(PASSWORD));
    assert.deepEqual(files(), []);
  });

  it('writes the password to a 0600 file where there is no terminal, and prints the path and not the password', async () => {
    await ensureFirstOwner(owner('first').engine, settings(), terminal(false));
    const path = join(directory, 'data', 'owner-one-time-password');
    assert.ok(printed.includes(path));
    assert.ok(!printed.includes(PASSWORD));
    assert.equal(readFileSync(path, 'utf8'), `${PASSWORD}\n`);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(files(), ['owner-one-time-password']);
  });

  it('leaves nothing when another replica was first', async () => {
    assert.equal(await ensureFirstOwner(owner('late').engine, settings(), terminal(false)), false);
    assert.deepEqual([printed, files()], ['', []]);
  });

  it('leaves the password in a file when it is killed around the commit', async () => {
    await assert.rejects(ensureFirstOwner(owner('killed').engine, settings(), terminal(true)));
    const kept = files().filter((file) => file.endsWith('owner-one-time-password'));
    assert.equal(kept.length, 1);
    const path = join(directory, 'data', kept[0]!);
    assert.equal(readFileSync(path, 'utf8'), `${PASSWORD}\n`);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(join(path, '..')).mode & 0o777, 0o700);
  });

  it('takes the password of a file without its line break, and prints nothing', async () => {
    const file = join(directory, 'password');
    writeFileSync(file, 'correct horse battery staple\r\n', { mode: 0o600 });
    const { plans, engine } = owner('first');
    await ensureFirstOwner(engine, settings({ ownerPasswordFile: file, production: true }), terminal(false));
    assert.deepEqual(plans, [{ username: 'owner', chosenPassword: 'correct horse battery staple' }]);
    assert.equal(printed, '');
  });

  for (const [what, text] of [['an empty one', '\n'], ['one that is not there', null]] as const) {
    it(`refuses ${what}, naming the variable`, async () => {
      const file = join(directory, 'password');
      if (text !== null) writeFileSync(file, text);
      await assert.rejects(ensureFirstOwner(owner('first').engine, settings({ ownerPasswordFile: file }), terminal(false)), (error) => error instanceof OwnerPasswordRefusal && /^BOOTSTRAP_OWNER_PASSWORD_FILE [^\n]*$/.test(error.message));
    });
  }

  it('refuses one that others may read in production, and takes it elsewhere', async () => {
    const file = join(directory, 'password');
    writeFileSync(file, 'correct horse battery staple', { mode: 0o644 });
    const open = settings({ ownerPasswordFile: file });
    await assert.rejects(ensureFirstOwner(owner('first').engine, { ...open, production: true }, terminal(false)), /^OwnerPasswordRefusal: BOOTSTRAP_OWNER_PASSWORD_FILE names a file that others may read/);
    const { plans, engine } = owner('first');
    await ensureFirstOwner(engine, open, terminal(false));
    assert.equal(plans.length, 1);
  });

  it('refuses a weak password in production, warns elsewhere, and repeats it nowhere', async () => {
    const file = join(directory, 'password');
    writeFileSync(file, 'letmein\n', { mode: 0o600 });
    const weak = settings({ ownerPasswordFile: file });
    await assert.rejects(ensureFirstOwner(owner('first').engine, { ...weak, production: true }, terminal(false)), (error: Error) => error instanceof OwnerPasswordRefusal && /at least 15/.test(error.message) && !error.message.includes('letmein'));
    await ensureFirstOwner(owner('first').engine, weak, terminal(false));
    assert.match(printed, /would be refused in production/);
    assert.ok(!printed.includes('letmein'));
  });
});
