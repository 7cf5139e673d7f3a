import { isIP } from 'node:net';

/** What is wrong with a URL that somebody wants us to send to: a code, and what was expected. */
export interface UrlRefusal {
  readonly code: string;
  readonly expected: string;
}

const REFUSALS = {
  'wrong-format': 'an absolute URL of 2000 characters at most',
  'wrong-scheme': 'https, or http outside of production',
  'credentials': 'a URL without a user name and password: the signature says who sends',
  'fragment': 'a URL without a fragment, which is never sent',
  'port': 'port 80, 443, or one from 1024 on: below, other protocols listen',
  'private-address': 'a public address, or one in OUTBOUND_PRIVATE_NETWORKS',
} as const;
export type UrlRefusalCode = keyof typeof REFUSALS;

const URL_LENGTH_MAX = 2000;

export function urlRefusal(code: UrlRefusalCode): UrlRefusal {
  return { code, expected: REFUSALS[code] };
}

/**
 * The URL that a text means, or why it is refused; where it leads is decided by its addresses. The parser (WHATWG)
 * has brought hosts like 0x7f.1, 017700000001 and ①②⑦.0.0.1 into the form that a connection would use.
 */
export function parseOutboundUrl(text: string, { httpsOnly }: { readonly httpsOnly: boolean }): URL | UrlRefusal {
  // The parser drops tabs and line breaks and encodes the rest: what is stored must be what was meant.
  if (text.length > URL_LENGTH_MAX || /[\s\x00-\x1f\x7f]/.test(text) || !URL.canParse(text)) return urlRefusal('wrong-format');
  const url = new URL(text);
  if (url.protocol !== 'https:' && (httpsOnly || url.protocol !== 'http:')) return urlRefusal('wrong-scheme');
  if (url.username !== '' || url.password !== '') return urlRefusal('credentials');
  if (url.hash !== '') return urlRefusal('fragment');
  if (url.port !== '' && Number(url.port) < 1024 && url.port !== '80' && url.port !== '443') return urlRefusal('port');
  return url;
}

/** The address that stands in the URL itself, without brackets; null for a name. */
export function literalAddress({ hostname }: URL): string | null {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return isIP(bare) === 0 ? null : bare;
}
