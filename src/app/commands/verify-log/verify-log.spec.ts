import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { leafHash } from '#pure/merkle/hashing.js';
import { sampleCheckpoint, sampleEntry, writeAt, writeLogDirectory } from '../../../../test/harness/log-directory.js';
import { LOG_COSIGNER, LOG_SIGNER, SAMPLE_ORIGIN, sampleSigner, vkeysOf, WITNESS } from '../../../../test/harness/sample-log.js';
import { verifyLogCommand } from './verify-log.js';

const SIZE = 700;

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(...args: string[]): Promise<Ran> {
  let [out, err] = ['', ''];
  const code = await verifyLogCommand(args, { write: (text) => (out += text) }, { write: (text) => (err += text) });
  return { code, out, err };
}

let root: string;
let vkeys: string;
const at = (...path: string[]): string => join(root, ...path);
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'quantonium-verify-log-'));
  vkeys = at('vkeys');
  await writeFile(vkeys, `# kept since the first day\n\n${vkeysOf(LOG_SIGNER, LOG_COSIGNER)}`);
  await writeLogDirectory(at('log'), SIZE);
});
after(() => rm(root, { recursive: true }));

/** A copy of the log, for one test to change. */
async function copy(name: string): Promise<string> {
  await cp(at('log'), at(name), { recursive: true });
  return at(name);
}

describe('npm run verify-log on a directory', () => {
  for (const size of [0, 1, 255, 256, 257, 512, 66_000]) {
    it(`verifies a log of ${size} entries, and the beginnings of it`, async () => {
      await writeLogDirectory(at(`size-${size}`), size);
      const old = await Promise.all([...new Set([1, 255, 256, 300, size])].filter((smaller) => smaller <= size).map(async (smaller) => {
        await writeFile(at(`old-${smaller}`), await sampleCheckpoint(smaller));
        return ['--old', at(`old-${smaller}`)];
      }));
      const { code, out, err } = await run(at(`size-${size}`), vkeys, ...old.flat());
      assert.equal(code, 0, out + err);
      assert.match(out, new RegExp(`^VERIFIED\n  \\* The log ${SAMPLE_ORIGIN} has ${size} entries under the root `));
      assert.match(out, /true Ed25519 signature[^]*true ML-DSA-44 cosignature/);
      if (size > 60_000) assert.match(err, /^25600 of 66000 entries \(38 %\)\n51200 of 66000 entries \(77 %\)\n$/);
    });
  }

  it('takes one key itself for a file of keys, and runs as a process without any environment', async () => {
    const key = vkeysOf(LOG_SIGNER).trim();
    const command = fileURLToPath(new URL('verify-log.js', import.meta.url));
    const ran = await new Promise<Ran>((resolve) => {
      const child = execFile(process.execPath, [command, at('log'), key], { env: {} }, (_error, out, err) => resolve({ code: child.exitCode ?? -1, out, err }));
    });
    assert.deepEqual([ran.code, ran.err], [0, '']);
    assert.match(ran.out, /That nothing was rewritten before: no earlier checkpoint was given/);
  });

  it('demands a signature of every name and kind that is trusted, and one of several versions', async () => {
    const rotated = sampleSigner(SAMPLE_ORIGIN, 'ed25519', 9);
    await writeFile(at('rotated'), vkeysOf(rotated, LOG_SIGNER));
    assert.equal((await run(at('log'), at('rotated'))).code, 0);
    await writeFile(at('witnessed'), vkeysOf(LOG_SIGNER, WITNESS));
    const { code, out } = await run(at('log'), at('witnessed'));
    assert.equal(code, 1);
    assert.match(out, /no Ed25519 cosignature of witness\.example\/w1/);
    await writeLogDirectory(at('with-witness'), 3, [LOG_SIGNER, WITNESS]);
    assert.equal((await run(at('with-witness'), at('witnessed'))).code, 0);
  });

  it('verifies hash tiles alone where there are no entries, and says so', async () => {
    const log = await copy('hashes');
    await rm(join(log, 'tile/entries'), { recursive: true });
    const { code, out } = await run(log, vkeys);
    assert.equal(code, 0);
    assert.match(out, /Every hash tile of the tree leads to that root[^]*What the entries say: entry bundles were not read/);
  });

  it('misses pruned entries unless it was told up to where', async () => {
    const log = await copy('pruned');
    await rm(join(log, 'tile/entries/000'));
    assert.match((await run(log, vkeys)).out, /^NOT VERIFIED\n  \* tile\/entries\/000 is missing/);
    assert.match((await run(log, vkeys, '--minimum-index', '256')).out, /^VERIFIED\n[^]*every entry from 256 on/);
    await rm(join(log, 'tile/entries/001'));
    assert.equal((await run(log, vkeys, '--minimum-index', '256')).code, 1);
  });

  it('reads the full tile where the partial one has gone', async () => {
    const log = await copy('grown');
    await writeLogDirectory(at('larger'), 1024);
    for (const place of ['0', 'entries']) await rm(join(log, `tile/${place}/002.p`), { recursive: true });
    await cp(at('larger/tile/0/002'), join(log, 'tile/0/002'));
    await writeAt(log, 'tile/entries/002.p/188', await readFile(at('log/tile/entries/002.p/188')));
    assert.equal((await run(log, vkeys)).code, 0);
  });

  it('keeps a copy that verifies by itself, and holds the log to the checkpoint in it', async () => {
    const [mirror, earlier] = [at('mirror'), at('earlier')];
    await writeLogDirectory(earlier, 300);
    assert.equal((await run(earlier, vkeys, '--save', mirror)).code, 0);
    const { out } = await run(at('log'), vkeys, '--save', mirror);
    assert.match(out, /The 300 entries of the old checkpoint are its beginning, unchanged/);
    assert.equal((await run(mirror, vkeys)).code, 0);
    assert.equal((await stat(join(mirror, 'tile/entries/000'))).mode & 0o777, 0o600);
    assert.match((await run(earlier, vkeys, '--save', mirror)).out, /^NOT VERIFIED\n  \* the log has 300 entries, and the old checkpoint 700/);
  });
});

/** What can be done to a copy, and what is said to it. */
const TAMPERINGS: readonly { readonly what: string; readonly tamper: (log: string) => Promise<unknown>; readonly told: RegExp }[] = [
  { what: 'an entry is changed', tamper: (log) => flip(log, 'tile/entries/001', 2 + 5), told: /entry 256 has another hash than its tile says/ },
  { what: 'an entry is taken out of its bundle', tamper: (log) => edit(log, 'tile/entries/001', (bytes) => bytes.subarray(2 + bytes.readUInt16BE(0))), told: /tile\/entries\/001 ends inside an entry/ },
  { what: 'an entry is added to a bundle', tamper: (log) => edit(log, 'tile/entries/000', (bytes) => Buffer.concat([bytes, Buffer.of(0, 1, 65)])), told: /tile\/entries\/000 has more than its 256 entries/ },
  { what: 'two entries are swapped', tamper: (log) => edit(log, 'tile/entries/000', swapFirstTwo), told: /entry 0 has another hash[^]*entry 1 has another hash/ },
  { what: 'a bundle is missing', tamper: (log) => rm(join(log, 'tile/entries/002.p/188')), told: /tile\/entries\/002\.p\/188 is missing/ },
  { what: 'a bundle is larger than any can be', tamper: (log) => edit(log, 'tile/entries/000', () => Buffer.alloc(17 * 1024 * 1024)), told: /has more than the \d+ bytes that it can have/ },
  { what: 'a hash of a full tile is changed', tamper: (log) => flip(log, 'tile/0/001', 40), told: /entry 257 has another hash[^]*tile\/1\/000\.p\/2 has other hashes than the tiles below it/ },
  { what: 'a hash of a partial tile is changed', tamper: (log) => flip(log, 'tile/0/002.p/188', 0), told: /entry 512 has another hash/ },
  { what: 'an entry is changed with its tile', tamper: forgeEntry, told: /tile\/1\/000\.p\/2 has other hashes/ },
  { what: 'an entry of the right edge is changed with its tile', tamper: forgeLastEntry, told: /the tiles do not lead to the root that was signed at size 700/ },
  { what: 'a tile of a higher level is changed', tamper: (log) => flip(log, 'tile/1/000.p/2', 33), told: /tile\/1\/000\.p\/2 has other hashes/ },
  { what: 'a tile is cut short', tamper: (log) => edit(log, 'tile/0/000', (bytes) => bytes.subarray(32)), told: /tile\/0\/000 has 8160 bytes and not 8192/ },
  { what: 'a tile is too long', tamper: (log) => edit(log, 'tile/0/000', (bytes) => Buffer.concat([bytes, bytes])), told: /tile\/0\/000 has more than the 8192 bytes/ },
  { what: 'a tile is missing', tamper: (log) => rm(join(log, 'tile/0/001')), told: /tile\/0\/001 is missing/ },
  { what: 'a tile is a directory', tamper: (log) => rm(join(log, 'tile/0/001')).then(() => rename(join(log, 'tile/1'), join(log, 'tile/0/001'))), told: /tile\/0\/001 (?:is no file|cannot be read)/ },
  { what: 'the checkpoint is missing', tamper: (log) => rm(join(log, 'checkpoint')), told: /there is no checkpoint/ },
  { what: 'the checkpoint says another size', tamper: (log) => editNote(log, (note) => note.replace('\n700\n', '\n699\n')), told: /signature of quantonium\.example\/audit on the checkpoint is false/ },
  { what: 'the checkpoint is signed by another key', tamper: (log) => resign(log, sampleCheckpoint(SIZE, [sampleSigner(SAMPLE_ORIGIN, 'ed25519', 7), LOG_COSIGNER])), told: /no Ed25519 signature of quantonium\.example\/audit by a given key/ },
  { what: 'the cosignature is gone', tamper: (log) => resign(log, sampleCheckpoint(SIZE, [LOG_SIGNER])), told: /no ML-DSA-44 cosignature/ },
  { what: 'the cosignature is of another checkpoint', tamper: swapCosignature, told: /the ML-DSA-44 cosignature of \S+ on the checkpoint is false/ },
  { what: 'a key signs twice', tamper: (log) => editNote(log, (note) => `${note}${note.split('\n').find((line) => line.startsWith('\u2014'))}\n`), told: /a key has signed it twice/ },
  { what: 'a signature line is followed by more', tamper: (log) => editNote(log, (note) => `${note}\u2014 \u001b[2Jx AAAA!\n`), told: /it is no signed note/ },
  { what: 'a name in it moves the cursor', tamper: (log) => editNote(log, (note) => `${note}\u2014 x\u202e\u009b2J ????\n`), told: /a signature line: — x\\u\{202e\}\\u\{9b\}2J \?\?\?\?$/m },
  { what: 'the log is another one', tamper: (log) => resign(log, sampleCheckpoint(SIZE, [sampleSigner('evil.example/log', 'ed25519', 8)], undefined, 'evil.example/log')), told: /the checkpoint is of evil\.example\/log, and none of the given keys is/ },
  { what: 'it claims an absurd size', tamper: (log) => resign(log, sampleCheckpoint(Number.MAX_SAFE_INTEGER, undefined, Buffer.alloc(32))), told: /tile\/0\/002 is missing/ },
  { what: 'it claims a size that is none', tamper: (log) => editNote(log, (note) => note.replace('\n700\n', '\n99999999999999999999\n')), told: /the checkpoint is malformed: its size/ },
  { what: 'the checkpoint is a megabyte of text', tamper: (log) => edit(log, 'checkpoint', () => Buffer.alloc(1024 * 1024, 'x')), told: /checkpoint has more than the \d+ bytes/ },
];

async function edit(log: string, path: string, change: (bytes: Buffer) => Buffer): Promise<void> {
  await writeFile(join(log, path), change(await readFile(join(log, path))));
}

function flip(log: string, path: string, offset: number): Promise<void> {
  return edit(log, path, (bytes) => {
    bytes[offset]! ^= 1;
    return bytes;
  });
}

function editNote(log: string, change: (note: string) => string): Promise<void> {
  return edit(log, 'checkpoint', (bytes) => Buffer.from(change(bytes.toString('utf8')), 'utf8'));
}

async function resign(log: string, note: Promise<string>): Promise<void> {
  await writeFile(join(log, 'checkpoint'), await note);
}

function swapFirstTwo(bytes: Buffer): Buffer {
  const first = 2 + bytes.readUInt16BE(0);
  const second = first + 2 + bytes.readUInt16BE(first);
  return Buffer.concat([bytes.subarray(first, second), bytes.subarray(0, first), bytes.subarray(second)]);
}

async function forgeEntry(log: string): Promise<void> {
  await flip(log, 'tile/entries/000', 2 + 9);
  const entry = (await readFile(join(log, 'tile/entries/000'))).subarray(2, 2 + sampleEntry(0).length);
  await edit(log, 'tile/0/000', (bytes) => Buffer.concat([leafHash(entry), bytes.subarray(32)]));
}

async function forgeLastEntry(log: string): Promise<void> {
  await flip(log, 'tile/entries/002.p/188', 2 + 9);
  const entry = (await readFile(join(log, 'tile/entries/002.p/188'))).subarray(2, 2 + sampleEntry(512).length);
  await edit(log, 'tile/0/002.p/188', (bytes) => Buffer.concat([leafHash(entry), bytes.subarray(32)]));
}

async function swapCosignature(log: string): Promise<void> {
  const other = (await sampleCheckpoint(3)).trimEnd().split('\n').at(-1)!;
  await editNote(log, (note) => `${note.trimEnd().split('\n').slice(0, -1).join('\n')}\n${other}\n`);
}

describe('npm run verify-log on a copy that was tampered with', () => {
  for (const [number, { what, tamper, told }] of TAMPERINGS.entries()) {
    it(`is not taken in when ${what}`, async () => {
      const log = await copy(`tampered-${number}`);
      await tamper(log);
      const { code, out, err } = await run(log, vkeys);
      assert.equal(code, 1, out);
      assert.match(out, /^NOT VERIFIED\n/);
      assert.match(out, told);
      assert.doesNotMatch(out + err, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      await rm(log, { recursive: true });
    });
  }

  it('tells a log that was rewritten and signed again, by an old checkpoint', async () => {
    const forked = await sampleCheckpoint(300, undefined, Buffer.alloc(32, 7));
    await writeFile(at('forked'), forked);
    const { code, out } = await run(at('log'), vkeys, '--old', at('forked'));
    assert.equal(code, 1);
    assert.match(out, /the first 300 entries are not those of the old checkpoint/);
  });

  it('refuses an old checkpoint that proves nothing', async () => {
    const stranger = sampleSigner('other.example/log', 'ed25519', 4);
    const refused = { 'of another log': sampleCheckpoint(3, [stranger], undefined, 'other.example/log'), 'not signed by the log': sampleCheckpoint(3, [WITNESS]), 'entries were removed': sampleCheckpoint(800) };
    for (const [why, note] of Object.entries(refused)) {
      await writeFile(at('refused'), await note);
      const { code, out } = await run(at('log'), vkeys, '--old', at('refused'));
      assert.equal(code, 1);
      assert.match(out, new RegExp(why));
    }
  });
});

describe('npm run verify-log on a server', () => {
  let server: Server | null = null;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    server = null;
  });

  async function serve(listener: RequestListener): Promise<string> {
    server = createServer(listener);
    await new Promise<void>((resolve) => void server!.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const PREFIX = '/v1/audit/log/';
  /** The files of the directory, entries for the token alone. */
  const honest: RequestListener = (request, response) => {
    const path = request.url!.slice(PREFIX.length);
    if (path.startsWith('tile/entries/') && request.headers.authorization !== 'Bearer secret') return void response.writeHead(401).end();
    if (!path.startsWith('tile/entries/') && request.headers.authorization !== undefined) return void response.writeHead(400).end();
    readFile(at('log', path)).then((bytes) => response.end(bytes), () => response.writeHead(404).end());
  };

  it('verifies hash tiles without a token, and every entry with one', async () => {
    const url = await serve(honest);
    const without = await run(url, vkeys);
    assert.equal(without.code, 0, without.out);
    assert.match(without.out, /entry bundles were not read/);
    await writeFile(at('token'), 'secret\n');
    const mirror = at('http-mirror');
    const withToken = await run(`${url}${PREFIX}`, vkeys, '--token-file', at('token'), '--save', mirror);
    assert.equal(withToken.code, 0, withToken.out);
    assert.match(withToken.out, /The bytes of every entry lead to that root/);
    assert.equal((await run(mirror, vkeys)).code, 0);
  });

  it('says when the token may not read entries', async () => {
    await writeFile(at('token'), 'wrong');
    const { code, out } = await run(await serve(honest), vkeys, '--token-file', at('token'));
    assert.deepEqual([code, /the token may not read it \(401\)/.test(out)], [1, true]);
  });

  it('waits when it is asked to', async () => {
    let asked = 0;
    const url = await serve((request, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(429, { 'Retry-After': '1' }).end();
      else honest(request, response);
    });
    const { code, err } = await run(url, vkeys);
    assert.deepEqual([code, err], [0, 'the server asks for patience: 1 s\n']);
  });

  const HOSTILE: Readonly<Record<string, { readonly listener: RequestListener; readonly told: RegExp }>> = {
    'redirects': { listener: (_request, response) => void response.writeHead(302, { Location: 'http://169.254.169.254/' }).end(), told: /checkpoint: the server redirects, which is not followed/ },
    'answers 500': { listener: (_request, response) => void response.writeHead(500).end('\u001b[31m'), told: /checkpoint: the server answers 500/ },
    'hangs': { listener: () => undefined, told: /checkpoint cannot be read from the server/ },
    'hangs in the middle of a file': { listener: (_request, response) => void response.writeHead(200, { 'Content-Length': '100' }).write('x'), told: /checkpoint cannot be read from the server/ },
    'breaks the connection': { listener: (request) => void request.socket.destroy(), told: /checkpoint cannot be read from the server/ },
    'sends without end': { listener: flood, told: /checkpoint has more than the \d+ bytes/ },
    'has no log': { listener: (_request, response) => void response.writeHead(404).end(), told: /there is no checkpoint/ },
  };
  for (const [what, { listener, told }] of Object.entries(HOSTILE)) {
    it(`gives up on a server that ${what}`, async () => {
      const { code, out } = await run(await serve(listener), vkeys, '--timeout', '1');
      assert.equal(code, 1);
      assert.match(out, told);
      assert.doesNotMatch(out, /[\u0000-\u0009\u000b-\u001f]/);
    });
  }
});

function flood(_request: IncomingMessage, response: ServerResponse): void {
  const more = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x')));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}

describe('npm run verify-log that cannot be carried out', () => {
  const COMMANDS: Readonly<Record<string, () => readonly string[]>> = {
    'no arguments': () => [],
    'no key': () => [at('log')],
    'too much': () => [at('log'), vkeys, 'more'],
    'an unknown option': () => [at('log'), vkeys, '--trust'],
    'no such directory': () => [at('nowhere'), vkeys],
    'no such key file': () => [at('log'), at('nowhere')],
    'a key file without keys': () => [at('log'), '/dev/null'],
    'a key with another id': () => [at('log'), vkeysOf(LOG_SIGNER).trim().replace(/\+[0-9a-f]{8}\+/, '+00000000+')],
    'no such old checkpoint': () => [at('log'), vkeys, '--old', at('nowhere')],
    'a minimum that is no number': () => [at('log'), vkeys, '--minimum-index', '1e3'],
    'an address with a password': () => ['http://me:secret@localhost/', vkeys],
  };
  for (const [what, args] of Object.entries(COMMANDS)) {
    it(`exits with 2 for ${what}, and prints nothing on the standard output`, async () => {
      const { code, out, err } = await run(...args());
      assert.deepEqual([code, out], [2, '']);
      assert.notEqual(err, '');
    });
  }

  it('sends no token over plain HTTP to another machine', async () => {
    await writeFile(at('token'), 'secret');
    const { code, err } = await run('http://log.example/', vkeys, '--token-file', at('token'));
    assert.deepEqual([code, err], [2, 'A token is not sent over plain HTTP to another machine.\n']);
  });
});
