import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { Check } from '../check.js';
import { type Target, Unlooked } from '../target.js';
import { comparable, members, OWN_ACCOUNT, statusIn } from './samples.js';

type Claims = Readonly<Record<string, unknown>>;

/** The first key pair of RFC 8032 §7.1, which everybody has: nobody may believe what it signs. */
const PUBLISHED_KEY = Buffer.from('302e020100300506032b6570042204209d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');

const encode = (value: Claims): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part: string): Claims => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Claims;

interface Parts {
  readonly header: Claims;
  readonly claims: Claims;
  readonly signature: string;
}

/** Of a token that is good now: a forgery that is refused where the real one is too tells nothing. */
async function partsOf(target: Target): Promise<Parts> {
  const token = target.mustToken();
  const { status } = await target.ask(OWN_ACCOUNT, { token });
  if (status !== 200) throw new Unlooked(`the token that was given is answered ${status}`);
  const [header, claims, signature, ...rest] = token.split('.');
  if (header === undefined || claims === undefined || signature === undefined || rest.length > 0) throw new Unlooked('the token that was given is no JWT');
  return { header: decode(header), claims: decode(claims), signature };
}

/** The last character that is not only half used, so that another one is another signature. */
function otherSignature(signature: string): string {
  const at = Math.floor(signature.length / 2);
  return `${signature.slice(0, at)}${signature[at] === 'A' ? 'B' : 'A'}${signature.slice(at + 1)}`;
}

function signedByAll({ header, claims }: Parts): string {
  const key = createPrivateKey({ key: PUBLISHED_KEY, format: 'der', type: 'pkcs8' });
  const signed = `${encode({ ...header, alg: 'EdDSA', jwk: createPublicKey(key).export({ format: 'jwk' }) })}.${encode(claims)}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
}

const FORGERIES: readonly { readonly name: string; readonly about: string; readonly of: (parts: Parts) => string }[] = [
  { name: 'token-signature', about: 'a token with another signature is refused', of: ({ header, claims, signature }) => `${encode(header)}.${encode(claims)}.${otherSignature(signature)}` },
  { name: 'token-claims', about: 'a token with other claims is refused', of: ({ header, claims, signature }) => `${encode(header)}.${encode({ ...claims, exp: Number(claims['exp']) + 86_400 })}.${signature}` },
  { name: 'token-unsigned', about: 'a token that names no algorithm is refused', of: ({ header, claims }) => `${encode({ ...header, alg: 'none' })}.${encode(claims)}.` },
  { name: 'token-symmetric', about: 'a token whose algorithm is another one is refused', of: ({ header, claims, signature }) => `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}.${signature}` },
  { name: 'token-type', about: 'a token of another type is refused', of: ({ header, claims, signature }) => `${encode({ ...header, typ: 'JWT' })}.${encode(claims)}.${signature}` },
  { name: 'token-own-key', about: 'a token that brings its own key is refused', of: signedByAll },
];

export const CREDENTIAL_CHECKS: readonly Check[] = [
  ...FORGERIES.map(({ name, about, of }): Check => ({
    name,
    about,
    needs: ['token'],
    // In a header and not as the token: it counts towards the limit of strangers.
    run: async (target) => statusIn(await target.ask(OWN_ACCOUNT, { headers: [['Authorization', `Bearer ${of(await partsOf(target))}`]] }), [401]),
  })),
  {
    name: 'token-in-query',
    about: 'a credential in an address is none',
    needs: [],
    // No real token: addresses are written into logs on the way.
    run: async (target) => statusIn(await target.ask(`${OWN_ACCOUNT}?access_token=not-a-token`), [400, 401, 422]),
  },
  {
    name: 'foreign-objects',
    about: 'what belongs to another project is answered as what is not there',
    needs: ['token', 'other-token'],
    run: foreignObjects,
  },
];

/** Where there are things of projects to be asked for by id; what is listed first is asked for. */
const LISTS = ['/v1/projects', '/v1/simulations'];
const NOBODYS_ID = '00000000-0000-7000-8000-000000000000';

async function firstId(target: Target, list: string, token: string): Promise<readonly string[]> {
  const { items } = members(await target.ask(`${list}?limit=100`, { token }));
  return (Array.isArray(items) ? (items as unknown[]) : []).flatMap((item) => {
    const id = typeof item === 'object' && item !== null && 'id' in item ? item.id : null;
    return typeof id === 'string' && /^[0-9a-z-]{1,64}$/i.test(id) ? [id] : [];
  });
}

async function foreignObjects(target: Target): Promise<string | null> {
  const [own, other] = [target.mustToken(), target.otherToken ?? ''];
  let asked = 0;
  for (const list of LISTS) {
    const [id] = await firstId(target, list, own);
    if (id === undefined) continue;
    asked += 1;
    const foreign = await target.ask(`${list}/${id}`, { token: other });
    const missing = await target.ask(`${list}/${NOBODYS_ID}`, { token: other });
    if (foreign.status !== 404) return `${list}/${id} is answered ${foreign.status} to the other token: it is not of another project, or sees what it should not`;
    if (comparable(foreign).replaceAll(id, NOBODYS_ID) !== comparable(missing)) return `${list}: what is another project’s is answered differently from what is not there`;
  }
  if (asked === 0) throw new Unlooked('the first token sees neither a project nor a simulation');
  return null;
}
