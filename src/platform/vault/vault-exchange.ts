import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { rootCertificates } from 'node:tls';
import { VaultFailure, VaultRefusal, VaultUnreachable } from './vault-failure.js';

/** Where a Vault server, OpenBao or another Quantonium, is. */
export interface VaultServer {
  /** With `/v1`, without a slash at its end. */
  readonly base: string;
  readonly namespace: string | null;
  /** PEM of authorities that vouch for it besides those that Node knows; null: those alone. */
  readonly authorities: string | null;
}

export interface VaultAnswer {
  readonly status: number;
  /** The caller's to wipe. */
  readonly body: Buffer;
}

export interface VaultOrder {
  readonly method: 'GET' | 'POST';
  /** Below `/v1/`. */
  readonly path: string;
  readonly token: string | null;
  readonly body: Buffer | null;
  readonly timeoutMillis: number;
}

/** The largest secret that we take as a setting is 64 KiB as a file; an envelope stands around it. */
export const ANSWER_BYTES_MAX = 96 * 1024;
const ANSWER_HEADER_BYTES_MAX = 16 * 1024;
const TOO_LONG = Symbol();

/**
 * One exchange. A redirect is not followed, since it would carry the token to an address that no operator has named;
 * proxies of the environment are not used, and the certificate is verified. What is read is never a string here, so that
 * whoever asked can wipe it. Rejects with `VaultUnreachable` where nothing came back that could be taken.
 */
export async function exchange({ base, namespace, authorities }: VaultServer, { method, path, token, body, timeoutMillis }: VaultOrder): Promise<VaultAnswer> {
  const url = new URL(`${base}/${path}`);
  const options = {
    method,
    headers: {
      'X-Vault-Request': 'true',
      Connection: 'close',
      ...(token === null ? {} : { 'X-Vault-Token': token }),
      ...(namespace === null ? {} : { 'X-Vault-Namespace': namespace }),
      ...(body === null ? {} : { 'Content-Type': 'application/json', 'Content-Length': body.length }),
    },
    agent: false as const,
    maxHeaderSize: ANSWER_HEADER_BYTES_MAX,
    signal: AbortSignal.timeout(timeoutMillis),
    ...(authorities === null ? {} : { ca: [...rootCertificates, authorities] }),
  };
  try {
    return await new Promise<VaultAnswer>((resolve, reject) => {
      const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, (answer) => {
        collect(answer).then((bytes) => resolve({ status: answer.statusCode ?? 0, body: bytes }), reject);
      });
      request.once('error', reject);
      request.once('upgrade', (_, socket) => (socket.destroy(), reject(new Error('upgraded'))));
      request.end(body ?? undefined);
    });
  } catch (cause) {
    throw failureOf(cause, timeoutMillis);
  }
}

async function collect(answer: IncomingMessage): Promise<Buffer> {
  const whole = Buffer.allocUnsafeSlow(ANSWER_BYTES_MAX);
  let length = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      if (length + chunk.length > ANSWER_BYTES_MAX) throw TOO_LONG;
      whole.set(chunk, length);
      length += chunk.length;
      chunk.fill(0);
    }
  } catch (error) {
    whole.fill(0);
    throw error;
  }
  return whole.subarray(0, length);
}

function failureOf(cause: unknown, timeoutMillis: number): VaultFailure {
  if (cause === TOO_LONG) return new VaultRefusal(`sends more than ${ANSWER_BYTES_MAX} bytes, which is no answer of a Vault server`, null);
  const { name, code } = cause as { readonly name?: string; readonly code?: unknown };
  if (name === 'AbortError' || name === 'TimeoutError') return new VaultUnreachable(`does not answer within ${timeoutMillis} ms`, null, { cause });
  // The code of a socket or of OpenSSL (ECONNREFUSED, UNABLE_TO_VERIFY_LEAF_SIGNATURE): it names the reason and no address.
  return new VaultUnreachable(`does not answer${typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? ` (${code})` : ''}`, null, { cause });
}
