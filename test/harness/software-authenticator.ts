import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

type Cbor = number | string | Buffer | Map<number | string, Cbor> | readonly Cbor[];

/** As much of RFC 8949 as authenticators write. */
export function cbor(value: Cbor): Buffer {
  const head = (major: number, argument: number): Buffer => (argument < 24 ? Buffer.of((major << 5) | argument) : argument < 256 ? Buffer.of((major << 5) | 24, argument) : Buffer.of((major << 5) | 25, argument >> 8, argument & 255));
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  if (value instanceof Map) return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, member]) => [cbor(key), cbor(member)])]);
  return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
}

const FLAGS = { present: 0x01, verified: 0x04, mayBeCopied: 0x08, isCopied: 0x10, hasCredential: 0x40 };

/** What of a ceremony is not as it should be. */
export interface Irregularity {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  readonly crossOrigin?: boolean;
  readonly topOrigin?: string;
  readonly unverified?: true;
  readonly absent?: true;
  readonly counter?: number;
  readonly userHandle?: string | null;
  readonly format?: string;
  readonly statement?: Map<string, Cbor>;
  readonly signedBy?: KeyObject;
}

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();

/** An authenticator in software, and the browser before it: one passkey, made by `create` and used by `get`. */
export class SoftwareAuthenticator {
  readonly credentialId = randomBytes(32);
  counter = 0;
  private readonly keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  private userHandle: string | null = null;

  /** `counts`: as old security keys do; passkeys in phones stay at 0. `synced`: its key may be copied. */
  constructor(
    private readonly origin: string,
    private readonly nature: { readonly counts?: true; readonly synced?: true } = {},
  ) {}

  create(offer: { readonly rp: { readonly id: string }; readonly user: { readonly id: string }; readonly challenge: string }, odd: Irregularity = {}): Record<string, unknown> {
    this.userHandle = offer.user.id;
    const { x, y } = this.keys.publicKey.export({ format: 'jwk' });
    const coseKey = cbor(new Map<number, Cbor>([[1, 2], [3, -7], [-1, 1], [-2, Buffer.from(x!, 'base64url')], [-3, Buffer.from(y!, 'base64url')]]));
    const credential = Buffer.concat([Buffer.alloc(16), Buffer.of(0, this.credentialId.length), this.credentialId, coseKey]);
    const authData = this.authenticatorData(offer.rp.id, odd, credential);
    const attestationObject = cbor(new Map<string, Cbor>([['fmt', odd.format ?? 'none'], ['attStmt', odd.statement ?? new Map<string, Cbor>()], ['authData', authData]]));
    return this.response({ clientDataJSON: this.clientData('webauthn.create', offer.challenge, odd), attestationObject: attestationObject.toString('base64url'), transports: ['internal', 'hybrid', 'telepathy'] });
  }

  get(question: { readonly rpId: string; readonly challenge: string }, odd: Irregularity = {}): Record<string, unknown> {
    const authenticatorData = this.authenticatorData(question.rpId, odd);
    const clientDataJSON = this.clientData('webauthn.get', question.challenge, odd);
    const signed = Buffer.concat([authenticatorData, sha256(Buffer.from(clientDataJSON, 'base64url'))]);
    const signature = sign('sha256', signed, odd.signedBy ?? this.keys.privateKey);
    const userHandle = odd.userHandle === undefined ? this.userHandle : odd.userHandle;
    return this.response({ clientDataJSON, authenticatorData: authenticatorData.toString('base64url'), signature: signature.toString('base64url'), userHandle });
  }

  private response(response: Record<string, unknown>): Record<string, unknown> {
    const id = this.credentialId.toString('base64url');
    return { id, rawId: id, type: 'public-key', response, clientExtensionResults: {}, authenticatorAttachment: 'platform' };
  }

  private clientData(type: string, challenge: string, { origin = this.origin, challenge: other = challenge, type: otherType = type, crossOrigin = false, topOrigin }: Irregularity): string {
    return Buffer.from(JSON.stringify({ type: otherType, challenge: other, origin, crossOrigin, ...(topOrigin === undefined ? {} : { topOrigin }) })).toString('base64url');
  }

  private authenticatorData(rpId: string, odd: Irregularity, credential: Buffer | null = null): Buffer {
    if (this.nature.counts === true) this.counter += 1;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(odd.counter ?? this.counter);
    const copied = this.nature.synced === true ? FLAGS.mayBeCopied | FLAGS.isCopied : 0;
    const flags = (odd.absent === true ? 0 : FLAGS.present) | (odd.unverified === true || odd.absent === true ? 0 : FLAGS.verified) | copied | (credential === null ? 0 : FLAGS.hasCredential);
    return Buffer.concat([sha256(odd.rpId ?? rpId), Buffer.of(flags), counter, credential ?? Buffer.alloc(0)]);
  }
}
