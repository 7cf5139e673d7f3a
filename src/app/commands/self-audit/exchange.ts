import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';

/** One answer, read as it came: the server is not trusted to keep to HTTP. */
export interface Answer {
  /** Null where the connection ended without one. */
  readonly status: number | null;
  /** Values by name in lower case, each line by itself. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
}

export interface Place {
  readonly host: string;
  readonly port: number;
  /** Null: in clear. */
  readonly tls: ConnectionOptions | null;
}

/** No answer that a check looks at is larger: the description of the API has less. */
const BYTES_MAX = 8 * 1024 * 1024;
const WAIT_MILLIS = 10_000;

/** The place could not be reached, or did not answer in time. */
export class Unreachable extends Error {}

/**
 * Sends bytes as they are over a connection of their own, and reads one answer. Bytes rather than a client, since what is
 * sent is what no client would send.
 */
export function exchange(place: Place, bytes: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const socket = open(place);
    const timer = setTimeout(() => fail('it did not answer within ten seconds'), WAIT_MILLIS);
    const fail = (why: string): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new Unreachable(why));
    };
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(read(Buffer.concat(chunks)));
    };
    socket.once(place.tls === null ? 'connect' : 'secureConnect', () => socket.write(bytes));
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > BYTES_MAX) fail('its answer is too large');
      else if (isWhole(chunks)) finish();
    });
    socket.once('end', finish);
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (size > 0 || error.code === 'ECONNRESET' || error.code === 'EPIPE') finish();
      else fail(error.code ?? error.message);
    });
  });
}

function open({ host, port, tls }: Place): Socket {
  return tls === null ? connect(port, host) : connectTls({ ...tls, host, port });
}

/** What a handshake came to. */
export interface Handshake {
  readonly protocol: string | null;
  readonly cipher: string;
  /** The name of the group, as far as it is told. */
  readonly group: string | null;
  /** Null when the certificate is one that this machine trusts, for this name. */
  readonly distrust: string | null;
}

/** Null when the server refuses it. */
export function handshake({ host, port, tls }: Place, options: ConnectionOptions): Promise<Handshake | null> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connectTls({ ...tls, ...options, host, port }, () => {
      // OpenSSL names a hybrid group by nothing but its name.
      const { name } = socket.getEphemeralKeyInfo() as { name?: string };
      const { authorizationError: distrust } = socket as { authorizationError: Error | string | null };
      finish({ protocol: socket.getProtocol(), cipher: socket.getCipher().name, group: name ?? null, distrust: distrust == null ? null : String(distrust) });
    });
    const finish = (result: Handshake | null): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Unreachable('no handshake within ten seconds'));
    }, WAIT_MILLIS);
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNREFUSED' && error.code !== 'ENOTFOUND') {
        finish(null);
        return;
      }
      clearTimeout(timer);
      reject(new Unreachable(error.code));
    });
  });
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** Where the server keeps the connection, the message says where it ends (RFC 9112 §6.3). */
function isWhole(chunks: readonly Buffer[]): boolean {
  const all = Buffer.concat(chunks);
  const end = all.indexOf(HEAD_END);
  if (end === -1) return false;
  const { status, headers } = readHead(all.subarray(0, end).toString('latin1'));
  if (status === 204 || status === 304) return true;
  const length = headers.get('content-length')?.[0];
  if (length !== undefined) return all.length >= end + HEAD_END.length + Number(length);
  return headers.get('transfer-encoding')?.[0] === 'chunked' && all.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK);
}

function read(bytes: Buffer): Answer {
  const end = bytes.indexOf(HEAD_END);
  if (end === -1) return { status: null, headers: new Map(), body: bytes.toString('utf8') };
  const head = readHead(bytes.subarray(0, end).toString('latin1'));
  const content = bytes.subarray(end + HEAD_END.length);
  return { ...head, body: (head.headers.get('transfer-encoding')?.[0] === 'chunked' ? unchunked(content) : content).toString('utf8') };
}

function readHead(head: string): { readonly status: number | null; readonly headers: ReadonlyMap<string, readonly string[]> } {
  const [first = '', ...lines] = head.split('\r\n');
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1];
  return { status: status === undefined ? null : Number(status), headers };
}

function unchunked(content: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf('\r\n', at);
    const size = end === -1 ? 0 : Number.parseInt(content.subarray(at, end).toString('latin1'), 16);
    if (!(size > 0)) break;
    parts.push(content.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return Buffer.concat(parts);
}
