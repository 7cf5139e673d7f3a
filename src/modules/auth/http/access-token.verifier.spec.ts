import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CREDENTIAL_SCHEMES } from '#platform/http/dialects.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import type { Authenticator } from '../authenticator.js';
import type { ApiKeyAuthenticator } from '../api-keys/api-key-authenticator.js';
import type { DpopProofs } from '../dpop/dpop-proofs.js';
import type { RegistryTokens } from '../registry-tokens/registry-tokens.js';
import type { VaultAuthenticator } from '../vault-authenticator.js';
import { AccessTokenStrategy } from './access-token.strategy.js';
import { AccessTokenVerifier } from './access-token.verifier.js';

/** An authenticator that knows the tokens of one process; what it does with others is its business, not passport's. */
function verifierOf(answers: Readonly<Record<string, Principal | Error>>, delayTurns: () => number = () => 0): AccessTokenVerifier {
  const authenticate = async (token: string): Promise<Principal> => {
    for (let turn = delayTurns(); turn > 0; turn -= 1) await new Promise((resolve) => setImmediate(resolve));
    const answer = answers[token] ?? new Fault(REQUEST_FAULTS.unauthenticated);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const vault = { authenticate: (token: string) => authenticate(`vault ${token}`) } as unknown as VaultAuthenticator;
  const keys = { authenticate: (key: string) => authenticate(`key ${key}`) } as unknown as ApiKeyAuthenticator;
  const registry = { authenticate: (token: string) => authenticate(`registry ${token}`), byKey: (key: string) => authenticate(`key ${key}`) } as unknown as RegistryTokens;
  return new AccessTokenVerifier(new AccessTokenStrategy({ authenticate } as unknown as Authenticator), vault, keys, {} as unknown as DpopProofs, registry);
}

/** A connection without a certificate, and a request without a proof. */
const NOTHING = { service: 'api', certificateThumbprint: null, method: 'GET', path: '/v1/auth/me', proofs: [] } as const;
const AT_THE_REGISTRY = { ...NOTHING, service: 'registry', path: '/v2/' } as const;
const principals = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`t${at}`, systemPrincipal(`p${at}`)]));

describe('access tokens through passport-jwt', () => {
  it('become the principal that the authenticator made, itself', async () => {
    assert.equal(await verifierOf(principals).verify('Bearer', 't7', NOTHING), principals['t7']);
  });

  it('are refused with the very fault that the authenticator threw', async () => {
    const faults = [new Fault(REQUEST_FAULTS.unauthenticated), new Fault(REQUEST_FAULTS.unavailable), new Error('a defect')];
    for (const fault of faults) {
      await assert.rejects(verifierOf({ x: fault }).verify('Bearer', 'x', NOTHING), (error) => error === fault);
    }
  });

  it('are never taken for one another, however many are verified at once', async () => {
    let turn = 0;
    const verifier = verifierOf(principals, () => (turn += 7) % 5);
    const names = Object.keys(principals);
    const answers = await Promise.all(names.map((name) => verifier.verify('Bearer', name, NOTHING)));
    assert.deepEqual(answers.map((principal) => principal.id), names.map((name) => name.replace('t', 'p')));
  });

  it('of two applications in one process are asked of their own', async () => {
    const [one, two] = [verifierOf({ x: systemPrincipal('one') }), verifierOf({ x: systemPrincipal('two') })];
    assert.deepEqual((await Promise.all([one.verify('Bearer', 'x', NOTHING), two.verify('Bearer', 'x', NOTHING)])).map(({ id }) => id), ['one', 'two']);
  });

  for (const scheme of CREDENTIAL_SCHEMES.filter((scheme) => !['Bearer', 'X-Vault-Token'].includes(scheme))) {
    it(`are refused as ${scheme}`, async () => {
      await assert.rejects(verifierOf(principals).verify(scheme, 't1', NOTHING), (error) => error instanceof Fault && error.kind.status === 401);
    });
  }

  it('of the Vault dialect are asked of what knows its tokens too, and no other is', async () => {
    const verifier = verifierOf({ ...principals, 'vault qvt_x': systemPrincipal('opaque') });
    assert.equal((await verifier.verify('X-Vault-Token', 'qvt_x', NOTHING)).id, 'opaque');
    await assert.rejects(verifier.verify('Bearer', 'qvt_x', NOTHING), (error) => error instanceof Fault && error.kind.code === 'unauthenticated');
  });

  it('are told from API keys by the prefix, wherever those are taken', async () => {
    const verifier = verifierOf({ ...principals, 'key qak_x': systemPrincipal('key') });
    for (const scheme of ['Bearer', 'X-Vault-Token', 'apiKey'] as const) assert.equal((await verifier.verify(scheme, 'qak_x', NOTHING)).id, 'key', scheme);
    for (const scheme of ['Basic', 'DPoP'] as const) await assert.rejects(verifier.verify(scheme, 'qak_x', NOTHING), (error) => error instanceof Fault && error.kind.status === 401);
  });

  it('are nothing at the registry, which has its own, and takes a key as a password with whatever name', async () => {
    const verifier = verifierOf({ ...principals, 'registry r': systemPrincipal('narrowed'), 'key qak_x': systemPrincipal('key') });
    const basic = (pair: string): string => Buffer.from(pair).toString('base64');
    const at = (scheme: (typeof CREDENTIAL_SCHEMES)[number], credential: string) => verifier.verify(scheme, credential, AT_THE_REGISTRY);
    assert.equal((await at('Bearer', 'r')).id, 'narrowed');
    for (const pair of ['robot:qak_x', ':qak_x']) assert.equal((await at('Basic', basic(pair))).id, 'key', pair);
    const refused = [['Bearer', 't1'], ['Bearer', 'qak_x'], ['apiKey', 'qak_x'], ['X-Vault-Token', 'qak_x'], ['DPoP', 't1'], ['Basic', basic('qak_x')], ['Basic', basic('a:t1')], ['Basic', 'r'], ['Basic', '']] as const;
    for (const [scheme, credential] of refused) await assert.rejects(at(scheme, credential), (error) => error instanceof Fault && error.kind.status === 401, `${scheme} ${credential}`);
    await assert.rejects(verifier.verify('Bearer', 'r', NOTHING), (error) => error instanceof Fault && error.kind.status === 401);
  });

  it('are refused when they are empty', async () => {
    await assert.rejects(verifierOf({ '': systemPrincipal('nobody') }).verify('Bearer', '', NOTHING));
  });
});
