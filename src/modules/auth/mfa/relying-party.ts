import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Drivers } from '#platform/system/drivers.js';
import { Randomness } from '#platform/system/randomness.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import type { Assertion, Registration } from '../domain/webauthn-response.js';
import { CeremonyRepository } from '../persistence/ceremony.repository.js';
import type { PasskeyKey } from '../persistence/passkey.repository.js';

/** What an authenticator showed of itself. */
export interface ProvenPasskey {
  readonly id: string;
  readonly counter: number;
  readonly synced: boolean;
}

/** What a page hands to `navigator.credentials.get`, as `parseRequestOptionsFromJSON` reads it. */
export interface PasskeyQuestion {
  readonly challenge: string;
  readonly rpId: string;
  readonly timeout: number;
  readonly userVerification: 'required';
  readonly allowCredentials: readonly { readonly type: 'public-key'; readonly id: string; readonly transports: readonly string[] }[];
}

export type NewCredential = Pick<PasskeyKey, 'credentialId' | 'publicKey' | 'counter' | 'transports' | 'synced'>;

const CHALLENGE_BYTES = 32;
export const CHALLENGE_SECONDS = 300;
/** EdDSA, ES256, RS256 (COSE): what authenticators make, in the order in which we like it. */
export const COSE_ALGORITHMS = [-8, -7, -257];

async function loadPasskeys() {
  const [{ verifyAuthenticationResponse, verifyRegistrationResponse }, { decodeAttestationObject }] = await Promise.all([import('@simplewebauthn/server'), import('@simplewebauthn/server/helpers')]);
  return { verifyAuthenticationResponse, verifyRegistrationResponse, decodeAttestationObject };
}

type AttestationObject = ReturnType<Awaited<ReturnType<typeof loadPasskeys>>['decodeAttestationObject']>;

const SYSTEM = systemPrincipal('relying-party');

/**
 * The relying party of WebAuthn Level 3, which is the public address: its host is the id that credentials belong to, its
 * origin the only one at which a ceremony may take place. @simplewebauthn/server reads what authenticators write and
 * verifies what they sign; what was asked, and whether it was asked here and once, is kept here.
 *
 * No attestation is asked for and none is believed: it would need certificates from, and revocation lists at, the makers
 * of authenticators. So nobody knows what an authenticator is made of, and no login is ever aal3.
 */
@Injectable()
export class RelyingParty {
  readonly id: string;
  private readonly origin: string;
  private readonly driver: typeof loadPasskeys;

  constructor(
    private readonly uow: UnitOfWork,
    private readonly rows: CeremonyRepository,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    config: Config,
    drivers: Drivers,
  ) {
    const address = new URL(config.http.publicUrl);
    this.id = address.hostname;
    this.origin = address.origin;
    this.driver = drivers.late('passkeys', true, loadPasskeys);
  }

  /** For one ceremony, within five minutes. `boundTo` says which: it is good for no other. */
  async challenge(tx: Tx, boundTo: string): Promise<string> {
    const challenge = this.randomness.bytes(CHALLENGE_BYTES);
    const now = this.clock.now();
    await this.rows.insertChallenge(tx, hashOf(challenge), boundTo, now, new Date(now.getTime() + CHALLENGE_SECONDS * 1000));
    return challenge.toString('base64url');
  }

  /** For these passkeys; for none, whichever the person has for us. */
  async question(tx: Tx, boundTo: string, passkeys: readonly PasskeyKey[]): Promise<PasskeyQuestion> {
    const allowCredentials = passkeys.map(({ credentialId, transports }) => ({ type: 'public-key' as const, id: credentialId.toString('base64url'), transports }));
    return { challenge: await this.challenge(tx, boundTo), rpId: this.id, timeout: CHALLENGE_SECONDS * 1000, userVerification: 'required', allowCredentials };
  }

  /** Null unless the key signed the challenge, here, for us, with its holder present and verified, and counts upwards. */
  async proven(assertion: Assertion, boundTo: string, find: (tx: Tx) => Promise<PasskeyKey | null>): Promise<ProvenPasskey | null> {
    const [isAsked, passkey] = await this.uow.run(SYSTEM, async (tx) => [await this.rows.takeChallenge(tx, hashOf(assertion.challenge), boundTo, this.clock.now()), await find(tx)] as const);
    if (!isAsked || passkey === null || assertion.origin !== this.origin) return null;
    const id = assertion.credentialId.toString('base64url');
    const { clientDataJSON, authenticatorData, signature } = assertion;
    try {
      const { verifyAuthenticationResponse } = await this.driver();
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        response: { id, rawId: id, type: 'public-key', response: { clientDataJSON, authenticatorData, signature }, clientExtensionResults: {} },
        expectedChallenge: assertion.challenge.toString('base64url'),
        expectedOrigin: this.origin,
        expectedRPID: this.id,
        requireUserVerification: true,
        credential: { id, publicKey: new Uint8Array(passkey.publicKey), counter: passkey.counter },
      });
      if (!verified) return null;
      return { id: passkey.id, counter: authenticationInfo.newCounter, synced: authenticationInfo.credentialDeviceType === 'multiDevice' };
    } catch {
      // Whatever the library does not like of what a stranger sent.
      return null;
    }
  }

  /** The credential that an authenticator made for us when it was asked to; null for anything else. */
  async registered(registration: Registration, boundTo: string): Promise<NewCredential | null> {
    const isAsked = await this.uow.run(SYSTEM, (tx) => this.rows.takeChallenge(tx, hashOf(registration.challenge), boundTo, this.clock.now()));
    if (!isAsked || registration.origin !== this.origin) return null;
    const id = registration.credentialId.toString('base64url');
    const { clientDataJSON, attestationObject, transports } = registration;
    try {
      const { decodeAttestationObject, verifyRegistrationResponse } = await this.driver();
      if (!saysNothingOfItsMaker(decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url'))))) return null;
      const { verified, registrationInfo } = await verifyRegistrationResponse({
        response: { id, rawId: id, type: 'public-key', response: { clientDataJSON, attestationObject }, clientExtensionResults: {} },
        expectedChallenge: registration.challenge.toString('base64url'),
        expectedOrigin: this.origin,
        expectedRPID: this.id,
        requireUserVerification: true,
        supportedAlgorithmIDs: COSE_ALGORITHMS,
      });
      // The id that the browser says must be the one that the authenticator signed.
      if (!verified || registrationInfo.credential.id !== id) return null;
      const { publicKey, counter } = registrationInfo.credential;
      return { credentialId: registration.credentialId, publicKey: Buffer.from(publicKey), counter, transports, synced: registrationInfo.credentialDeviceType === 'multiDevice' };
    } catch {
      return null;
    }
  }
}

/**
 * With a certificate in it, a statement would be verified by what its maker publishes, over the network and at an address
 * that the statement names: what was not asked for is not looked at.
 */
function saysNothingOfItsMaker(decoded: AttestationObject): boolean {
  const format = decoded.get('fmt');
  return format === 'none' || (format === 'packed' && decoded.get('attStmt').get('x5c') === undefined);
}

function hashOf(challenge: Uint8Array): Buffer {
  return createHash('sha256').update(challenge).digest();
}
