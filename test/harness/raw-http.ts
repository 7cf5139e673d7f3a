import { connect, type Socket } from 'node:net';

/** What came back over a bare socket, until the server closed it or the wait was over. */
export interface RawAnswer {
  readonly status: number | null;
  readonly head: string;
  readonly body: string;
  readonly text: string;
  readonly closedByServer: boolean;
}

/**
 * Writes bytes as they are and collects what comes back. Waits for the end of the connection, or, where the server
 * keeps it open, until a whole answer has arrived (`Content-Length`).
 */
export function rawHttp(port: number, bytes: string | Buffer | readonly (string | Buffer)[], waitMillis = 5_000): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let text = '';
    let closedByServer = false;
    const socket: Socket = connect(port, '127.0.0.1', () => {
      for (const part of [bytes].flat() as (string | Buffer)[]) socket.write(part);
    });
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(parse(text, closedByServer));
    };
    const timer = setTimeout(finish, waitMillis);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (!/\r\nconnection: close\r\n/i.test(text) && isWhole(text)) finish();
    });
    socket.on('end', () => {
      closedByServer = true;
      finish();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (text !== '' || error.code === 'ECONNRESET' || error.code === 'EPIPE') {
        closedByServer = true;
        finish();
      } else reject(error);
    });
  });
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1 || text.startsWith('HTTP/1.1 100')) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end));
  return length !== null && text.length >= end + 4 + Number(length[1]);
}

function parse(text: string, closedByServer: boolean): RawAnswer {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(text);
  const end = text.indexOf('\r\n\r\n');
  return {
    status: status === null ? null : Number(status[1]),
    head: end === -1 ? text : text.slice(0, end),
    body: end === -1 ? '' : text.slice(end + 4),
    text,
    closedByServer,
  };
}
