import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { DETECTORS, leaksIn } from './secret-detectors.js';
import { leaksInHistory, leaksInTree } from './secret-scan.js';

const letters = (count: number, alphabet = 'ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz0123456789'): string => Array.from(randomBytes(count), (byte) => alphabet[byte % alphabet.length]!).join('');
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ed25519 = generateKeyPairSync('ed25519').privateKey;
const PEM = ed25519.export({ type: 'pkcs8', format: 'pem' }).toString();
const sec1 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'sec1', format: 'pem' }).toString();
const locked = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString();

/** Made here, so that this file holds none; what is in a file as it would be when somebody leaves it there. */
const PLANTED: Readonly<Record<string, readonly string[]>> = {
  'private key': [PEM, sec1, locked, `key: ${JSON.stringify(PEM)}`, PEM.split('\n').map((line) => `    '${line}\\n' +`).join('\n'), PEM.replaceAll('\n', '\r\n')],
  'private JWK': [JSON.stringify(ed25519.export({ format: 'jwk' })), JSON.stringify(ed25519.export({ format: 'jwk' })).replaceAll(':', ': ')],
  'API key of Quantonium': [`qak_${letters(12)}_${letters(49)}`],
  'secret of Quantonium': ['qlt_', 'qvt_', 'qcs_', 'qdc_', 'qrt_', 'qiv_', 'qpr_'].map((prefix) => prefix + randomBytes(36).toString('base64url')),
  'webhook secret': [`whsec_${randomBytes(24).toString('base64')}`],
  'signed token': [[{ alg: 'ES256', typ: 'at+jwt' }, { sub: 'somebody-somewhere' }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).concat(randomBytes(64).toString('base64url')).join('.')],
  'Vault token': [`hvs.${letters(28)}`],
  'age key': [`AGE-SECRET-KEY-1${letters(58, UPPER)}`],
  'AWS access key': [`AKIA${letters(16, UPPER)}`],
  'GitHub token': [`ghp_${letters(36)}`, `github_pat_${letters(82)}`],
  'GitLab token': [`glpat-${letters(20)}`],
  'Google key': [`AIza${letters(35)}`],
  'npm token': [`npm_${letters(36)}`, `//registry.example/:_authToken=${letters(36)}`],
  'PyPI token': [`pypi-AgEIcHlwaS5vcmc${letters(60)}`],
  'Slack token': [`xoxb-${letters(12, '0123456789')}-${letters(24)}`, `https://hooks.slack.com/services/T${letters(8, UPPER)}/B${letters(8, UPPER)}/${letters(24)}`],
  'Stripe key': [`sk_live_${letters(24)}`],
};

const root = mkdtempSync(join(tmpdir(), 'secret-scan-'));
after(() => rmSync(root, { recursive: true, force: true }));

function git(directory: string, ...words: readonly string[]): void {
  const { status, stderr } = spawnSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@x.example', '-c', 'commit.gpgSign=false', '-c', 'init.defaultBranch=main', '-c', 'protocol.file.allow=always', ...words], { cwd: directory, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

describe('the scan for secrets', () => {
  it('has one planted for every detector', () => assert.deepEqual(Object.keys(PLANTED), DETECTORS.map(({ name }) => name)));

  for (const [name, texts] of Object.entries(PLANTED)) {
    it(`finds a ${name}, names the line, and does not repeat it`, () => {
      for (const text of texts) {
        const leaks = leaksIn(`first\nsecond\nhere: ${text}\n`);
        assert.equal(leaks.length, 1, `${name}: ${text.slice(0, 12)}…`);
        assert.equal(leaks[0]!.what, name);
        assert.equal(leaks[0]!.line, 3);
        assert.ok(!JSON.stringify(leaks).includes(text.slice(-20)));
      }
    });
  }

  it('is silent about what only looks for one, about public halves and about what is allowed', () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    for (const text of ["text.startsWith('-----BEGIN PRIVATE KEY-----')", '/-----BEGIN EC PRIVATE KEY-----\\n/', publicKey.export({ type: 'spki', format: 'pem' }).toString(), JSON.stringify(publicKey.export({ format: 'jwk' })), 'qak_ and qrt_ are prefixes', randomBytes(64).toString('hex')]) {
      assert.deepEqual(leaksIn(text), [], text);
    }
    const [leak] = leaksIn(PEM);
    assert.deepEqual(leaksIn(PEM, { [leak!.digest]: 'a vector' }), []);
  });

  it('finds what lies in the tree, committed or not, and leaves out what is ignored', () => {
    const directory = mkdtempSync(join(root, 'tree-'));
    git(directory, 'init', '-q');
    writeFileSync(join(directory, '.gitignore'), 'root.key\n');
    writeFileSync(join(directory, 'root.key'), PEM);
    assert.deepEqual(leaksInTree(directory), []);
    writeFileSync(join(directory, 'ä b.txt'), PEM);
    assert.match(leaksInTree(directory).join(), /^private key in ä b\.txt, line 1/);
  });

  it('finds what was removed again, in a merge, in a message, and in a clone without its history', async () => {
    const directory = mkdtempSync(join(root, 'history-'));
    const commit = (message: string, files: Readonly<Record<string, string>>): void => {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
      git(directory, 'add', '-A');
      git(directory, 'commit', '-q', '--allow-empty', '-m', message);
    };
    git(directory, 'init', '-q');
    commit('begin', { a: 'a\n', b: 'b\n' });
    assert.deepEqual(await leaksInHistory(directory), []);
    commit('oops', { a: PEM });
    commit('gone', { a: 'a\n' });
    assert.deepEqual(leaksInTree(directory), []);
    assert.match((await leaksInHistory(directory)).join('\n'), /^private key in commit [0-9a-f]{12}, a /);
    commit(`rotate the key, which was ${PLANTED['GitHub token']![0]}`, {});
    assert.match((await leaksInHistory(directory)).join('\n'), /GitHub token in commit [0-9a-f]{12}, its message/);
    git(directory, 'checkout', '-q', '-b', 'side', 'HEAD~3');
    commit('aside', { c: 'c\n' });
    git(directory, 'merge', '-q', '--no-commit', 'main');
    commit('merged', { b: `${PLANTED['AWS access key']![0]}\n` });
    assert.match((await leaksInHistory(directory)).join('\n'), /AWS access key in commit [0-9a-f]{12}, b /);
    const shallow = join(root, 'shallow');
    git(root, 'clone', '-q', '--depth', '1', `file://${directory}`, shallow);
    assert.match((await leaksInHistory(shallow)).join('\n'), /^AWS access key in commit [0-9a-f]{12}, b \(\w+\)$/);
  });

  it('fails where there is no history to look at', async () => {
    await assert.rejects(leaksInHistory(mkdtempSync(join(root, 'none-'))), /cannot be read/);
  });
});
