import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MANIFEST_STATES, mayBecome } from './manifest-state.js';
import { gateOf, warningHeader } from './pull-gate.js';
import { matchesPattern } from './registry-policy.js';
import { worstFinding } from './scan-report.js';

describe('the pattern of a tag', () => {
  for (const [pattern, tag] of [['v*', 'v1.2'], ['v*', 'v'], ['*', 'x'], ['v1', 'v1'], ['*-rc', '1-rc'], ['a*b*c', 'abbc'], ['**', ''], ['a*a', 'aa']] as const) it(`${pattern} means ${tag}`, () => assert.ok(matchesPattern(pattern, tag)));
  for (const [pattern, tag] of [['v*', 'xv'], ['v1', 'v10'], ['*-rc', '1-rc2'], ['a*a', 'a'], ['a*b*c', 'acb'], ['V*', 'v1'], ['a.c', 'abc']] as const) it(`${pattern} does not mean ${tag}`, () => assert.ok(!matchesPattern(pattern, tag)));

  it('means what the expression would that it stands for', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 8 });
    fc.assert(
      fc.property(text, text, (pattern, tag) => {
        const expression = new RegExp(`^${pattern.split('*').map((part) => part.replaceAll('.', '\\.')).join('.*')}$`);
        assert.equal(matchesPattern(pattern, tag), expression.test(tag));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the gate before a pull', () => {
  const kindOf = (state: (typeof MANIFEST_STATES)[number], mode: 'off' | 'warn' | 'enforce', isEvidence = false): string => gateOf({ state, mode, isEvidence, stateReason: null }).kind;

  it('lets nothing through that is revoked, and warns of what is deprecated, in every mode', () => {
    for (const mode of ['off', 'warn', 'enforce'] as const) assert.deepEqual([kindOf('revoked', mode), kindOf('revoked', mode, true), kindOf('deprecated', mode), kindOf('released', mode)], ['closed', 'closed', 'warned', 'open']);
  });

  it('does with what nobody has released as the mode says, and nothing with what is about another', () => {
    for (const state of ['quarantined', 'verified'] as const) {
      assert.deepEqual([kindOf(state, 'off'), kindOf(state, 'warn'), kindOf(state, 'enforce')], ['open', 'warned', 'unreleased']);
      assert.deepEqual([kindOf(state, 'warn', true), kindOf(state, 'enforce', true)], ['open', 'open']);
    }
  });

  it('says what people wrote in a header that stays one', () => {
    assert.equal(warningHeader('a "b" \\ c\r\nX: y ü'), '299 - "a \\"b\\" \\\\ c??X: y ?"');
    assert.ok(warningHeader('x'.repeat(5_000)).length < 250);
  });
});

describe('the state of a manifest', () => {
  it('ends with its revocation, and comes to a release only over what was verified', () => {
    for (const state of MANIFEST_STATES) {
      assert.ok(!mayBecome('revoked', state));
      assert.equal(mayBecome(state, 'revoked'), state !== 'revoked');
      assert.equal(mayBecome(state, 'released'), state === 'verified' || state === 'deprecated');
    }
  });
});

describe('a scan report', () => {
  const worst = (results: readonly object[], rules: readonly object[] = []): string | null => worstFinding(Buffer.from(JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { rules } }, results }] })));

  it('is as bad as its worst finding, by its score, its rule’s, its level, or what SARIF says without one', () => {
    assert.equal(worst([]), 'none');
    assert.equal(worst([{ level: 'note' }, { level: 'error' }]), 'high');
    assert.equal(worst([{}]), 'medium');
    assert.equal(worst([{ level: 'note', properties: { 'security-severity': '9.1' } }]), 'critical');
    assert.equal(worst([{ ruleId: 'r' }], [{ id: 'r', properties: { 'security-severity': '2.0' } }]), 'low');
    assert.equal(worst([{ ruleId: 'r' }], [{ id: 'r', defaultConfiguration: { level: 'error' } }]), 'high');
    assert.equal(worst([{ level: 'harmless' }]), 'critical');
  });

  for (const text of ['', '{', '[]', '{}', '{"version":"2.0.0","runs":[{}]}', '{"version":"2.1.0"}', '{"version":"2.1.0","runs":[]}', '{"version":"2.1.0","version":"2.1.0","runs":[{}]}']) {
    it(`is none where it reads ${text || 'nothing'}`, () => assert.equal(worstFinding(Buffer.from(text)), null));
  }
});
