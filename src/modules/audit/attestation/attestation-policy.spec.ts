import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ConfigError } from '#platform/config/load-config.js';
import { formatVerifierKey } from '#pure/transparency-log/verifier-key.js';
import { sampleSigner } from '../../../../test/harness/sample-log.js';
import { readAttestationPolicy } from './attestation-policy.js';

describe('the policy file that a server is started with', () => {
  let directory: string;
  before(() => void (directory = mkdtempSync(join(tmpdir(), 'quantonium-policy-'))));
  after(() => rmSync(directory, { recursive: true }));

  const file = (url: string): string => {
    const path = join(directory, 'policy');
    writeFileSync(path, `# ours\nwitness w1 ${formatVerifierKey(sampleSigner('witness.example/w1', 'ed25519-cosignature', 1).key)} ${url}\nquorum none\n`);
    return path;
  };
  const refusal = (path: string, production: boolean): readonly string[] => {
    try {
      readAttestationPolicy(path, production);
      return [];
    } catch (error) {
      assert.ok(error instanceof ConfigError);
      return error.findings;
    }
  };

  it('may have witnesses over http, but not in production: anybody on the way could speak for them', () => {
    assert.deepEqual(refusal(file('http://127.0.0.1:7000'), false), []);
    assert.deepEqual(refusal(file('https://witness.example'), true), []);
    assert.deepEqual(refusal(file('http://witness.example'), true), ['AUDIT_WITNESS_POLICY_FILE: line 2 has a URL that is not https://']);
  });

  it('must be there, if it is named, and must have a quorum that can be asked', () => {
    assert.match(refusal(join(directory, 'absent'), false).join(), /cannot be read \(ENOENT\)/);
    const path = file('');
    writeFileSync(path, `witness w1 ${formatVerifierKey(sampleSigner('witness.example/w1', 'ed25519-cosignature', 1).key)}\nquorum w1\n`);
    assert.match(refusal(path, false).join(), /can never be asked/);
  });
});
