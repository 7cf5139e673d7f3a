import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { OPEN_TO_OTHERS, readGuarded, WRITTEN_BY_OTHERS } from '../../system/guarded-file.js';

/** Where certificate, key, and the authorities of client certificates lie; absolute. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Null: nobody is asked for a certificate. */
  readonly clientAuthoritiesFile: string | null;
}

/** What was read of them, known to be usable. */
export interface TlsMaterial {
  readonly context: Pick<SecureContextOptions, 'cert' | 'ca'> & { readonly key: Buffer };
  /** SHA-256 over the digests of all that was read: a renewal is told by it. */
  readonly digest: Buffer;
  /** Of the server's own certificate, in milliseconds since 1970. */
  readonly notAfterMillis: number;
  /** Whether clients are asked for a certificate. */
  readonly asksClients: boolean;
}

/** Why TLS cannot be spoken with what the files hold: names the variable, never what is in the file. */
export class TlsRefusal extends Error {
  override readonly name = 'TlsRefusal';
}

/**
 * TLS 1.3 and nothing else (RFC 9325 §3.1.1 allows it for a server whose clients are programs). The hybrid group comes
 * first: ML-KEM-768 with X25519 (draft-ietf-tls-ecdhe-mlkem), so that what is recorded today is not read by a quantum
 * computer later. It is taken wherever a client knows it, at the price of a second round trip where the client did not
 * begin with it; others use X25519 or P-256.
 */
export const TLS_OPTIONS = Object.freeze({ minVersion: 'TLSv1.3', ecdhCurve: 'X25519MLKEM768 / X25519:P-256' } as const);

/** The authorities of all browsers are 200 KiB. */
const FILE_BYTES_MAX = 1024 * 1024;

/** Reads and tries them out, so that a mistake is told when the server starts or reloads, and not by its first client. */
export function readTlsMaterial({ certFile, keyFile, clientAuthoritiesFile }: TlsFiles): TlsMaterial {
  const cert = read('TLS_CERT_FILE', certFile);
  const ca = clientAuthoritiesFile === null ? null : read('TLS_CLIENT_CA_FILE', clientAuthoritiesFile);
  const key = read('TLS_KEY_FILE', keyFile, OPEN_TO_OTHERS, 'is open to other users: chmod 0400 on it');
  try {
    return tried(cert, key, ca);
  } catch (error) {
    key.fill(0);
    throw error;
  }
}

/**
 * To be called once servers were made of it: the key is in OpenSSL then, and Node, which keeps what it was given for as
 * long as the server is there, keeps zeros.
 */
export function forgetKey({ context }: TlsMaterial): void {
  context.key.fill(0);
}

function tried(cert: Buffer, key: Buffer, ca: Buffer | null): TlsMaterial {
  const leaf = parsed('TLS_CERT_FILE holds no PEM certificate', () => new X509Certificate(cert));
  const privateKey = parsed('TLS_KEY_FILE holds no PEM private key without a passphrase', () => createPrivateKey(key));
  if (!leaf.checkPrivateKey(privateKey)) throw new TlsRefusal('TLS_KEY_FILE is not the key of the certificate in TLS_CERT_FILE');
  if (ca !== null) parsed('TLS_CLIENT_CA_FILE holds no PEM certificate', () => new X509Certificate(ca));
  const context = { cert, key, ...(ca === null ? {} : { ca }) };
  parsed('TLS_CERT_FILE and TLS_KEY_FILE cannot be used for TLS 1.3', () => createSecureContext({ ...TLS_OPTIONS, ...context }));
  const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
  const digest = sha256(Buffer.concat([cert, key, ca ?? Buffer.alloc(0)].map(sha256)));
  return { context, digest, notAfterMillis: leaf.validToDate.getTime(), asksClients: ca !== null };
}

/** Links are followed, since that is how Kubernetes mounts them. */
function read(variable: string, path: string, forbiddenMode = WRITTEN_BY_OTHERS, wrong = 'can be written by other users: chmod go-w on it'): Buffer {
  // Windows has no such bits.
  const found = parsed(`${variable} cannot be read`, () => readGuarded(path, process.getuid === undefined ? 0 : forbiddenMode, FILE_BYTES_MAX));
  if ('bytes' in found) return found.bytes;
  const flaws = { 'not-regular': 'is no regular file', 'mode': wrong, 'too-large': `has more than ${FILE_BYTES_MAX} bytes` };
  throw new TlsRefusal(`${variable} ${flaws[found.flaw]}`);
}

function parsed<T>(refusal: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new TlsRefusal(refusal, { cause });
  }
}
