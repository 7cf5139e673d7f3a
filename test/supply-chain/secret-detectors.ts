import { createHash } from 'node:crypto';

/** A shape that is a secret wherever it stands. */
interface Detector {
  readonly name: string;
  readonly shape: RegExp;
}

/**
 * Shapes that nothing else has: what would need a guess (long random text, `password = `) is not among them, since a scan
 * that cries at each digest is one that nobody reads. The first six are what this product itself gives out or is given.
 */
export const DETECTORS: readonly Detector[] = [
  // RFC 7468 and its kin, as a file or within a string; what only looks for such a line has no base64 behind it.
  { name: 'private key', shape: /-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\n|\\r|["'+,])*(?:(?:Proc-Type|DEK-Info|Version|Comment): [^\n]*(?:\s|\\n)*)*[A-Za-z0-9+/=]{32}/ },
  { name: 'private JWK', shape: /"d" ?: ?"[A-Za-z0-9_-]{43,}"/ },
  { name: 'API key of Quantonium', shape: /\bqak_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}\b/ },
  { name: 'secret of Quantonium', shape: /\bq(?:lt|vt|cs|dc|rt|iv|pr)_[A-Za-z0-9_-]{40,}/ },
  { name: 'webhook secret', shape: /\bwhsec_[A-Za-z0-9+/]{24,}={0,2}/ },
  { name: 'signed token', shape: /\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{40,}/ },
  { name: 'Vault token', shape: /\bhv[sbr]\.[A-Za-z0-9_-]{24,}/ },
  { name: 'age key', shape: /\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b/ },
  { name: 'AWS access key', shape: /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/ },
  { name: 'GitHub token', shape: /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60})/ },
  { name: 'GitLab token', shape: /\bgl(?:pat|dt|rt|cbt)-[A-Za-z0-9_-]{20}/ },
  { name: 'Google key', shape: /\bAIza[A-Za-z0-9_-]{35}/ },
  { name: 'npm token', shape: /\bnpm_[A-Za-z0-9]{36}\b|_authToken ?= ?[A-Za-z0-9_-]{20}/ },
  { name: 'PyPI token', shape: /\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{20}/ },
  { name: 'Slack token', shape: /\bxox[abeprs]-[0-9A-Za-z-]{20}|hooks\.slack\.com\/services\/T[A-Z0-9]{8}/ },
  { name: 'Stripe key', shape: /\b[sr]k_live_[A-Za-z0-9]{20}/ },
];

/** What stands here on purpose, by the digest of what was found: an example of a document, a vector of a standard. */
export const ALLOWED: Readonly<Record<string, string>> = {
  '96ad2ccd81462a76': 'the test vector of Standard Webhooks',
  'b9f39cf5a1e45db8': 'the example of a DPoP proof in RFC 9449 §4.1',
  '2dd745ff991276ae': 'the example of a webhook secret in the description of the API',
  '194faa0bdb32caa9': 'the example of an API key there',
  '14c9f857b310a90a': 'the example of a refresh token there',
  'a98f5fe907fb73f3': 'the example of a client secret there',
  '88cca54f1ad1e009': 'the example of a Vault token there',
  '7408f9d43c2826b7': 'the example of a device code there',
  '98a8cc8882e71da0': 'the example of a login ticket there',
  '7894f8d73fbdb537': 'the example of an invite there',
  '5c71c9c724009a30': 'the example of a password reset there',
};

export interface Leak {
  readonly what: string;
  /** Where somebody finds it; the secret itself is not repeated, since reports are kept by others. */
  readonly line: number;
  /** For the list of what is allowed. */
  readonly digest: string;
}

/** All of them in one pass, so that a text without any is read once. */
const ANY = new RegExp(DETECTORS.map(({ shape }) => shape.source).join('|'), 'g');

export function leaksIn(text: string, allowed: Readonly<Record<string, string>> = ALLOWED): readonly Leak[] {
  return [...text.matchAll(ANY)].flatMap((match) => {
    const digest = createHash('sha256').update(match[0]).digest('hex').slice(0, 16);
    if (allowed[digest] !== undefined) return [];
    const what = DETECTORS.find(({ shape }) => shape.test(match[0]))!.name;
    return [{ what, line: text.slice(0, match.index).split('\n').length, digest }];
  });
}
