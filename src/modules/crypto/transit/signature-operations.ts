import type { KeyObject } from 'node:crypto';
import { beginsAsEncoding } from '#pure/waveform/waveform.js';
import type { HashName } from '../domain/hash-name.js';
import type { KeyHandle } from '../domain/key-type.js';
import { formatVersioned, readVersioned, type Versioned } from '../domain/versioned-text.js';
import { hmac, verifyHmac } from '../primitives/hmac.js';
import type { KeyType, SignatureOptions, SignatureScheme } from '../primitives/key-type.js';
import { contextOf, handleOf, type ItemDone, type ItemOperation, NOTHING, type Work } from './item-operation.js';
import { refused } from './key-refusals.js';
import { versionRefusal, versionToMake } from './key-source.js';

export const hmacCode: ItemOperation<'hmac'> = {
  input: ({ input }) => input ?? NOTHING,
  async perform({ input }, work) {
    if (input === undefined) throw refused('missing input for HMAC');
    if (work.key.type === 'hmac' && beginsAsEncoding(input)) throw refused('input that begins as the encoding of a waveform does (QWH1) is tagged by /v1/waveforms/tag and nothing else');
    const version = versionToMake(work.key, work.request.whole.key_version ?? 0, 'HMAC generation');
    const value = hmac(await hmacKeyOf(work, version), digestOf(work), input);
    return { members: `"hmac":"${formatVersioned(version, value)}"`, version };
  },
};

/** Keys of type `hmac` are HMAC keys; all others have one beside their own. */
async function hmacKeyOf({ key, keys }: Pick<Work, 'key' | 'keys'>, version: number): Promise<KeyObject> {
  return key.type === 'hmac' ? (await keys.handle(version))['secret']! : keys.hmacKey(version);
}

function digestOf({ request: { hash } }: Pick<Work, 'request'>): HashName {
  if (hash === null || hash === 'none') throw refused('unsupported hash algorithm');
  return hash;
}

function schemeOf({ type, signing }: Work, input: Buffer): { readonly scheme: SignatureScheme; readonly options: SignatureOptions } {
  if (type.signature === null || signing === null) throw refused(`key type ${type.name} does not support signing`);
  const refusal = type.signature.refusal(signing, input);
  if (refusal !== null) throw refused(refusal);
  return { scheme: type.signature, options: signing };
}

const encodingOf = ({ marshaling }: SignatureOptions): 'base64' | 'base64url' => (marshaling === 'jws' ? 'base64url' : 'base64');

export const sign: ItemOperation<'sign'> = {
  input: ({ input }) => input ?? NOTHING,
  async perform(item, work) {
    if (item.input === undefined) throw refused('missing input to sign');
    const { scheme, options } = schemeOf(work, item.input);
    const version = versionToMake(work.key, work.request.whole.key_version ?? 0, 'signing');
    const handle = await handleOf(work, version, contextOf(work, item), 'secret');
    const signature = await scheme.sign(handle, item.input, options);
    const members = `"signature":"${formatVersioned(version, signature, encodingOf(options))}","key_version":${version}`;
    return { members: work.key.derived ? `${members},"public_key":"${publicKeyOf(work.type, handle)}"` : members, version };
  },
};

/** A context's public key is nowhere else. */
function publicKeyOf(type: KeyType, handle: KeyHandle): string {
  const publicKey = type.publicKeyOf(handle);
  return publicKey === null ? '' : type.publicForm(publicKey).publicKey;
}

/** What is to be verified, or the refusal of a text that no version of the key can have made. */
function presented(work: Work, text: string, what: 'signature' | 'HMAC', encoding: 'base64' | 'base64url'): Versioned {
  const read = readVersioned(text, encoding);
  if (typeof read === 'string') throw refused(`invalid ${what}: ${read}`);
  const refusal = versionRefusal(work.key, read.version, what);
  if (refusal !== null) throw refused(refusal);
  return read;
}

const verdict = (isValid: boolean, version: number): ItemDone => ({ members: `"valid":${isValid}`, version, ...(isValid ? {} : { invalid: true }) });

export const verify: ItemOperation<'verify'> = {
  input: ({ input }) => input ?? NOTHING,
  async perform(item, work) {
    if (item.input === undefined) throw refused('missing input to verify');
    const [signature, code] = [item.signature ?? '', item.hmac ?? ''];
    if (signature !== '' && code !== '') throw refused("provide one of 'signature' or 'hmac'");
    if (code !== '') {
      const { version, bytes } = presented(work, code, 'HMAC', 'base64');
      return verdict(verifyHmac(await hmacKeyOf(work, version), digestOf(work), item.input, bytes), version);
    }
    if (signature === '') throw refused("neither a 'signature' nor an 'hmac' were given to verify");
    const { scheme, options } = schemeOf(work, item.input);
    const { version, bytes } = presented(work, signature, 'signature', encodingOf(options));
    return verdict(await scheme.verify(await handleOf(work, version, contextOf(work, item), 'public'), item.input, bytes, options), version);
  },
};
