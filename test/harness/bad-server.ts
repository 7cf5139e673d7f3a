import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { once } from 'node:events';
import { selfSigned } from './certificate.js';

/** A token of the bad server, which takes every other too. */
export const BAD_TOKEN = [{ alg: 'EdDSA', typ: 'at+jwt' }, { sub: 'a', exp: 1 }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.').concat('.AAAAAAAA');

const HEADERS = [
  'Server: Bad/1.0',
  'X-Powered-By: Bad',
  'Set-Cookie: session=1',
  'Content-Security-Policy: default-src *',
  'Access-Control-Allow-Origin: *',
  'Cache-Control: public, max-age=31536000',
  'Location: https://stranger.example/',
  'Connection: close',
];

const PAGE = '<h1>Index of /</h1><script>run()</script><script src="https://cdn.example/page.js"></script>';

/** Everything at once: whatever is asked, it is all there. */
const THINGS = {
  username: 'alice',
  version: '1.2.3',
  items: [{ id: 'a' }],
  keys: [{ kty: 'OKP', d: 'secret' }],
  paths: { '/v1/silent': { get: {} }, '/v1/closed': { get: { security: [{ bearer: [] }] } } },
  stack: 'Error: at read (/home/bad/server.js:1:1)',
};

function answer(socket: Socket): void {
  let head = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    if (head.includes('\r\n\r\n')) return;
    head += chunk.toString('latin1');
    if (!head.includes('\r\n\r\n')) return;
    const path = head.split(' ')[1]!;
    const body = path.startsWith('/docs') && !path.includes('%') ? PAGE : JSON.stringify({ ...THINGS, path });
    socket.end(`HTTP/1.1 200 OK\r\n${HEADERS.join('\r\n')}\r\n\r\n${body}`);
  });
}

/** A server that violates whatever a check looks at, in clear and by TLS at one port. */
export async function openBadServer(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const { key, cert } = selfSigned('bad.example');
  const secure = createTlsServer({ key, cert, minVersion: 'TLSv1.2', ecdhCurve: 'P-256' }, answer);
  secure.on('tlsClientError', () => undefined);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', (chunk: Buffer) => {
      socket.pause();
      socket.unshift(chunk);
      // The first byte of a TLS record that begins a handshake (RFC 8446 §5.1).
      if (chunk[0] === 0x16) secure.emit('connection', socket);
      else {
        answer(socket);
        socket.resume();
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
