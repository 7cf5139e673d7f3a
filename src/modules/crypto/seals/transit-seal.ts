import type { Randomness } from '#platform/system/randomness.js';
import { VaultFailure, VaultUnreachable } from '#platform/vault/vault-failure.js';
import type { VaultSession } from '#platform/vault/vault-session.js';
import { base64Bytes, base64Length } from '#pure/encoding/base64-bytes.js';
import type { SealParameters } from '../domain/seal.js';
import type { AutomaticSeal, SealCandidate } from './automatic-seal.js';
import { SEAL_KEY_BYTES, SealKey } from './seal-key.js';
import { SealRefusal, SealUnreachable } from './seal-refusal.js';
import { decodeBase64Bytes } from './share-text.js';

export interface TransitServer {
  readonly session: Pick<VaultSession, 'call' | 'isGiven' | 'upkeep'>;
  /** The path of the engine, below `/v1/`. */
  readonly mount: string;
  readonly key: string;
}

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

  /**
   * The next start wants a token that was given to be good: renewed before its end, while its server lets it be. One that
   * is logged in for is not held on to in between. Rejects with `VaultFailure`.
   */
  async upkeep(): Promise<void> {
    if (this.server.session.isGiven) await this.server.session.upkeep();
  }

  /** The body of a 200. What may be over in a while is `SealUnreachable`; what an operator must mend, `SealRefusal`. */
  private async ask(operation: 'encrypt' | 'decrypt', body: Buffer): Promise<Buffer> {
    const { session, mount, key } = this.server;
    const answer = await session.call({ method: 'POST', path: `${mount}/${operation}/${key}`, body }).catch((cause: unknown) => {
      throw sealFailure(cause);
    });
    if (answer.status === 200) return answer.body;
    answer.body.fill(0);
    throw new SealRefusal(`The Transit server at SEAL_TRANSIT_URL refuses to ${operation} with the key ${key} (${answer.status}). Check SEAL_TRANSIT_TOKEN, or SEAL_TRANSIT_ROLE_ID, and what it may do.`);
  }
}

function sealFailure(cause: unknown): unknown {
  if (!(cause instanceof VaultFailure)) return cause;
  const sentence = `the Transit server at SEAL_TRANSIT_URL ${cause.message}`;
  return cause instanceof VaultUnreachable ? new SealUnreachable(sentence, { cause }) : new SealRefusal(`T${sentence.slice(1)}. Check SEAL_TRANSIT_URL, and what this server logs in there with.`, { cause });
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
