import { constants, createCipheriv, publicEncrypt, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createAccount } from '../harness/vault-account.js';
import { installedHome } from '../harness/installed-home.js';
import { type RunningServer, startServer } from '../harness/server.js';
import { type Asked, EXCHANGES } from './transit-exchanges.js';

/** One exchange as it was, but for what is other each time. */
export interface Exchange {
  readonly route: string;
  readonly request: { readonly path: string; readonly body?: object };
  readonly status: number;
  readonly answer: unknown;
}

const FILE = 'test/golden/transit.json';

export function recordedExchanges(): readonly Exchange[] {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Exchange[];
}

/** Asks a server, on which nobody has made keys, each of `EXCHANGES`. */
export async function recordExchanges(server: RunningServer): Promise<readonly Exchange[]> {
  const account = await createAccount(server, 'service');
  const held = new Map([['role_id', account.roleId], ['secret_id', account.secretId], ['password', server.home.ownerPassword]]);
  const exchanges: Exchange[] = [];
  for (const asked of EXCHANGES) exchanges.push(await exchange(server, asked, held));
  return exchanges;
}

async function exchange(server: RunningServer, asked: Asked, held: Map<string, string>): Promise<Exchange> {
  const { route, path, body, keep = {}, random = [], anonymous } = asked;
  const [method] = route.split(' ');
  const filled = body === undefined ? undefined : JSON.stringify(body).replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => held.get(name) ?? `no ${name} yet`);
  const response = await fetch(`${server.url}${path}`, { method: method!, headers: anonymous ? {} : { 'X-Vault-Token': held.get('token')! }, ...(filled === undefined ? {} : { body: filled }) });
  const text = await response.text();
  const answer: unknown = text === '' ? null : JSON.parse(text);
  for (const [name, place] of Object.entries(keep)) held.set(name, String(place.split('.').reduce<unknown>((value, member) => (value as Record<string, unknown>)[member], answer)));
  if (keep['wrapping'] !== undefined) held.set('wrapped', wrapFor(held.get('wrapping')!));
  return { route, request: { path, ...(body === undefined ? {} : { body }) }, status: response.status, answer: settled(answer, new Set(random)) };
}

/** A new AES key as importers wrap one: RSA-OAEP of an ephemeral key, and AES-KWP (RFC 5649) under that. */
function wrapFor(pem: string): string {
  const ephemeral = randomBytes(32);
  const cipher = createCipheriv('id-aes256-wrap-pad', ephemeral, Buffer.from('a65959a6', 'hex'));
  const inner = Buffer.concat([cipher.update(randomBytes(32)), cipher.final()]);
  return Buffer.concat([publicEncrypt({ key: pem, oaepHash: 'sha256', padding: constants.RSA_PKCS1_OAEP_PADDING }, ephemeral), inner]).toString('base64');
}

const RULES: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, '<uuid>'],
  [/^(vault:v\d+:).*$/, '$1<base64>'],
  [/^qvt_.*$/, 'qvt_<token>'],
  [/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, '<time>'],
  [/^-----BEGIN PUBLIC KEY-----[^]*$/, '<PEM>'],
];
/** Any time of this century, and what remains of a token's hour. */
const UNIX_SECONDS_MIN = 1_600_000_000;
const VERSION = 'version';
const REMAINING: ReadonlySet<string> = new Set(['ttl', 'lease_duration', 'creation_ttl', 'explicit_max_ttl']);
const KEY_BYTES: ReadonlySet<string> = new Set(['public_key']);

function settled(value: unknown, random: ReadonlySet<string>, name = ''): unknown {
  if (random.has(name) && typeof value === 'string') return '<random>';
  if (name === VERSION && typeof value === 'string') return '<version>';
  if (typeof value === 'string') return KEY_BYTES.has(name) && !value.startsWith('-----') ? '<base64>' : RULES.reduce((text, [pattern, instead]) => text.replace(pattern, instead), value);
  if (typeof value === 'number') return value > UNIX_SECONDS_MIN ? '<unix seconds>' : REMAINING.has(name) && value > 0 ? '<seconds>' : value;
  if (Array.isArray(value)) return value.map((item) => settled(item, random));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, settled(inner, random, member)]));
}

if (process.argv[1] === import.meta.filename) {
  const home = await installedHome();
  try {
    const server = await startServer(home);
    const text = `${JSON.stringify(await recordExchanges(server), null, 2)}\n`;
    await server.stop();
    if (text !== readFileSync(FILE, { encoding: 'utf8', flag: 'a+' })) {
      writeFileSync(FILE, text);
      console.log(`wrote ${FILE}`);
    }
  } finally {
    await home.dispose();
  }
}
