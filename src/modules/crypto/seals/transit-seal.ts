import type { Randomness } from '#platform/system/randomness.js';
import { base64Bytes, base64Length } from '#pure/encoding/base64-bytes.js';
import type { SealParameters } from '../domain/seal.js';
import type { AutomaticSeal, SealCandidate } from './automatic-seal.js';
import { SEAL_KEY_BYTES, SealKey } from './seal-key.js';
import { SealRefusal, SealUnreachable } from './seal-refusal.js';
import { decodeBase64Bytes } from './share-text.js';

export interface TransitServer {
  /** With the path of the mount, without a slash at its end. */
  readonly url: string;
  readonly token: string;
  readonly key: string;
}

/** A healthy server answers within a tenth of this. */
const TIMEOUT_MILLIS = 5_000;
/** The envelope with a key of 32 bytes, several times over. */
const ANSWER_BYTES_MAX = 16_384;
const CIPHERTEXT = /^[\x21-\x7e]{1,2048}$/;

/**
 * A random seal key that only another Transit server can decrypt: the database keeps the ciphertext, the token of this
 * process is what the other server gives the key for. Its answers are not strings at any time: what they hold is wiped.
 */
export class TransitSeal implements AutomaticSeal {
  readonly type = 'transit';
  readonly wrongKey = 'What the Transit server decrypted is not the seal key of this database. Point SEAL_TRANSIT_URL and SEAL_TRANSIT_KEY at the server and key that it was sealed with.';

  constructor(
    private readonly server: TransitServer,
    private readonly randomness: Randomness,
    private readonly timeoutMillis = TIMEOUT_MILLIS,
  ) {}

  async begin(): Promise<SealCandidate> {
    const bytes = this.randomness.bytes(SEAL_KEY_BYTES);
    const request = Buffer.concat([Buffer.from('{"plaintext":"'), base64Bytes(bytes), Buffer.from('"}')]);
    try {
      const answer = await this.ask('encrypt', request);
      // The other server's own words for what it keeps: a ciphertext is no secret, so it may be a string.
      const { data } = JSON.parse(answer.toString('utf8')) as { data?: { ciphertext?: unknown } };
      const ciphertext = data?.ciphertext;
      if (typeof ciphertext !== 'string' || !CIPHERTEXT.test(ciphertext)) throw new SealRefusal('The Transit server at SEAL_TRANSIT_URL answered without a ciphertext. Is it the address of its mount?');
      return { parameters: { ciphertext }, key: SealKey.takeOver(bytes) };
    } catch (error) {
      throw error instanceof SyntaxError ? new SealRefusal('What answers at SEAL_TRANSIT_URL is no Transit server. Is it the address of its mount?') : error;
    } finally {
      bytes.fill(0);
      request.fill(0);
    }
  }

  async open({ ciphertext }: SealParameters): Promise<SealKey> {
    if (typeof ciphertext !== 'string' || !CIPHERTEXT.test(ciphertext)) throw new SealRefusal('crypto.seal does not hold what the Transit server encrypted. Restore it from a backup.');
    const answer = await this.ask('decrypt', Buffer.from(JSON.stringify({ ciphertext })));
    try {
      const key = plaintextIn(answer);
      if (key === null) throw new SealRefusal('The Transit server at SEAL_TRANSIT_URL answered without the seal key. Is it the address of its mount, and the key that sealed this database?');
      return SealKey.takeOver(key);
    } finally {
      answer.fill(0);
    }
  }

  /** The body of a 200. What may be over in a while is `SealUnreachable`; what an operator must mend, `SealRefusal`. */
  private async ask(operation: 'encrypt' | 'decrypt', body: Buffer): Promise<Buffer> {
    const { url, token, key } = this.server;
    const headers = { 'Content-Type': 'application/json', 'X-Vault-Token': token, 'X-Vault-Request': 'true' };
    let answer: Response;
    let bytes: Buffer;
    try {
      // Not followed: a redirect would carry the token to an address that no operator has named.
      answer = await fetch(`${url}/${operation}/${key}`, { method: 'POST', headers, body: new Uint8Array(body), redirect: 'manual', signal: AbortSignal.timeout(this.timeoutMillis) });
      bytes = await boundedBody(answer);
    } catch (cause) {
      throw cause instanceof SealRefusal ? cause : new SealUnreachable('the Transit server at SEAL_TRANSIT_URL does not answer', { cause });
    }
    if (answer.status === 200) return bytes;
    bytes.fill(0);
    if (answer.status >= 500 || answer.status === 429) throw new SealUnreachable(`the Transit server at SEAL_TRANSIT_URL answers ${answer.status}`);
    throw new SealRefusal(`The Transit server at SEAL_TRANSIT_URL refuses to ${operation} with the key ${key} (${answer.status}). Check SEAL_TRANSIT_TOKEN and what it may do.`);
  }
}

async function boundedBody(answer: Response): Promise<Buffer> {
  const whole = Buffer.allocUnsafeSlow(ANSWER_BYTES_MAX);
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    if (length + chunk.length > ANSWER_BYTES_MAX) throw new SealRefusal(`What answers at SEAL_TRANSIT_URL sends more than ${ANSWER_BYTES_MAX} bytes: that is no answer of a Transit server.`);
    whole.set(chunk, length);
    length += chunk.length;
    chunk.fill(0);
  }
  return whole.subarray(0, length);
}

const PLAINTEXT = Buffer.from('"plaintext"');
const QUOTE = 0x22;

/** Thirty-two bytes in base 64 behind the name, found without making a string of them; null for anything else. */
function plaintextIn(answer: Buffer): Buffer | null {
  const named = answer.indexOf(PLAINTEXT);
  const opening = named < 0 ? -1 : answer.indexOf(QUOTE, named + PLAINTEXT.length);
  const closing = opening < 0 ? -1 : answer.indexOf(QUOTE, opening + 1);
  if (closing - opening - 1 !== base64Length(SEAL_KEY_BYTES)) return null;
  const bytes = decodeBase64Bytes(answer.subarray(opening + 1, closing));
  return bytes?.length === SEAL_KEY_BYTES ? bytes : null;
}
