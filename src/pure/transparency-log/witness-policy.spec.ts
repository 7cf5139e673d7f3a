import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LOG_COSIGNER, LOG_SIGNER, sampleSigner } from '../../../test/harness/sample-log.js';
import { formatVerifierKey } from './verifier-key.js';
import { isQuorum, parseWitnessPolicy, PolicyError, type WitnessPolicy } from './witness-policy.js';

const parse = (text: string): WitnessPolicy => parseWitnessPolicy(Buffer.from(text));
const vkey = (seed: number, kind: 'ed25519-cosignature' | 'ml-dsa-44-cosignature' = 'ed25519-cosignature'): string =>
  formatVerifierKey(sampleSigner(`witness.example/${seed}`, kind, seed).key);
const LOG = formatVerifierKey(LOG_SIGNER.key);

/** The example of the specification, with keys. */
const EXAMPLE = `log ${LOG}

# X is operated by one organization
witness X1 ${vkey(1)}
witness X2 ${vkey(2)}
\twitness  X3 \t ${vkey(3)} https://x3.example/witness
group X-witnesses 2 X1 X2 X3

witness Y1 ${vkey(4)}
witness Y2 ${vkey(5, 'ml-dsa-44-cosignature')}
witness Y3 ${vkey(6)}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`;

describe('a policy of witnesses', () => {
  it('is read as the example of its specification', () => {
    const { logs, witnesses, quorum } = parse(EXAMPLE);
    assert.deepEqual(logs.map(({ key, url }) => [key.name, url]), [[LOG_SIGNER.key.name, null]]);
    assert.deepEqual(witnesses.map(({ name, url }) => [name, url]), [['X1', null], ['X2', null], ['X3', 'https://x3.example/witness'], ['Y1', null], ['Y2', null], ['Y3', null]]);
    const w = (witness: string) => ({ witness });
    assert.deepEqual(quorum, { threshold: 2, members: [{ threshold: 2, members: ['X1', 'X2', 'X3'].map(w) }, { threshold: 1, members: ['Y1', 'Y2', 'Y3'].map(w) }] });
  });

  it('is satisfied by enough witnesses of each group, and by nothing less', () => {
    const policy = parse(EXAMPLE);
    for (const enough of [['X1', 'X2', 'Y1'], ['X3', 'X1', 'Y3'], ['X1', 'X2', 'X3', 'Y1', 'Y2', 'Y3']]) assert.equal(isQuorum(policy, new Set(enough)), true, enough.join());
    for (const few of [[], ['X1', 'X2', 'X3'], ['X1', 'Y1', 'Y2', 'Y3'], ['X-witnesses', 'Y-witnesses', 'X-and-Y']]) assert.equal(isQuorum(policy, new Set(few)), false, few.join());
  });

  it('may name one witness, or demand none', () => {
    assert.equal(isQuorum(parse(`witness a ${vkey(1)}\nquorum a\n`), new Set(['a'])), true);
    assert.equal(isQuorum(parse(`witness a ${vkey(1)}\nquorum a\n`), new Set()), false);
    assert.equal(isQuorum(parse('quorum none'), new Set()), true);
  });

  it('holds names apart by their bytes', () => {
    const policy = parse(`witness K ${vkey(1)}\nwitness \u212a ${vkey(2)}\nquorum \u212a\n`);
    assert.equal(isQuorum(policy, new Set(['K'])), false);
  });

  const BAD: readonly (readonly [string, string, RegExp])[] = [
    ['nothing', '', /there is no quorum line/],
    ['two quorums', 'quorum none\nquorum none\n', /line 2 is a second quorum line/],
    ['an unknown keyword', 'quorum none\nqourum none\n', /line 2 begins with none of/],
    ['a property of every object as a keyword', 'toString x\nquorum none', /line 1 begins with none of/],
    ['a control character', 'quorum none\r\n', /line 1 has a control character/],
    ['a name that is not defined', 'quorum a\n', /line 1 names "a", which no line before it defines/],
    ['a name that is defined later', `quorum a\nwitness a ${vkey(1)}\n`, /line 1 names "a"/],
    ['a name twice', `witness a ${vkey(1)}\nwitness a ${vkey(2)}\nquorum a\n`, /line 2 defines "a" a second time/],
    ['a witness called none', `witness none ${vkey(1)}\nquorum none\n`, /line 1 defines "none"/],
    ['none as a member', 'group g any none\nquorum g\n', /line 1 names "none"/],
    ['a key twice', `witness a ${vkey(1)}\nwitness b ${vkey(1)}\nquorum a\n`, /line 2 has the key of another witness/],
    ['a log key as a witness', `witness a ${LOG}\nquorum a\n`, /line 1 has a key of type Ed25519, which no witness/],
    ['a cosigner as a log', `log ${formatVerifierKey(LOG_COSIGNER.key)}\nquorum none\n`, /line 1 has a key of type ML-DSA-44 cosignature, which no log/],
    ['a key that is none', 'witness a b+c\nquorum a\n', /line 1 has no verifier key/],
    ['a URL that is none', `witness a ${vkey(1)} ftp://a\nquorum a\n`, /line 1 has a URL that is neither/],
    ['a word too many', `witness a ${vkey(1)} https://a b\nquorum a\n`, /line 1 must be: witness/],
    ['a group of nobody', 'group g all\nquorum g\n', /line 1 must be: group/],
    ['a threshold of nobody', `witness a ${vkey(1)}\ngroup g 0 a\nquorum g\n`, /line 2 must ask for all, any, or 1 to 1/],
    ['a threshold beyond the members', `witness a ${vkey(1)}\ngroup g 2 a\nquorum g\n`, /line 2 must ask for all, any, or 1 to 1/],
    ['a threshold that is no number', `witness a ${vkey(1)}\ngroup g 01 a\nquorum g\n`, /line 2 must ask for/],
    ['a member of two groups', `witness a ${vkey(1)}\ngroup g all a\ngroup h all a\nquorum h\n`, /line 3 names "a", which is a member already/],
  ];
  for (const [what, text, told] of BAD) it(`refuses ${what}`, () => void assert.throws(() => parse(text), (error) => error instanceof PolicyError && told.test(error.message)));

  it('names witnesses over http only where that is allowed', () => {
    const text = (scheme: string) => Buffer.from(`witness a ${vkey(1)}\nwitness b ${vkey(2)} ${scheme}://b.example\nquorum a\n`);
    assert.equal(parseWitnessPolicy(text('http')).witnesses.length, 2);
    assert.equal(parseWitnessPolicy(text('https'), 'https').witnesses.length, 2);
    for (const scheme of ['http', 'HTTP']) assert.throws(() => parseWitnessPolicy(text(scheme), 'https'), ({ findings }: PolicyError) => findings.join() === 'line 2 has a URL that is not https://');
  });

  it('says everything that is wrong, with its line', () => {
    assert.throws(() => parse('log x\n\nnonsense\nquorum a\n'), ({ findings }: PolicyError) => findings.length === 3 && findings.every((finding, index) => finding.startsWith(`line ${[1, 3, 4][index]} `)));
  });

  it('takes any bytes or refuses them as a policy', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      try {
        parseWitnessPolicy(bytes);
      } catch (error) {
        assert.ok(error instanceof PolicyError);
      }
    }));
  });
});
