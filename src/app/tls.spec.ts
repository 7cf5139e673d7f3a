import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect, type ConnectionOptions, type Server, type TLSSocket } from 'node:tls';
import { CertificateReload } from '#platform/http/tls/certificate-reload.js';
import { forgetKey, readTlsMaterial, type TlsFiles, TlsRefusal } from '#platform/http/tls/tls-material.js';
import { HTTP_METRICS } from '#platform/http/http.metrics.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { type Authority, type Certificate, issuedBy, selfSigned } from '../../test/harness/certificate.js';
import { type HttpApplication, openHttpApplication } from '../../test/harness/http-application.js';
import { ThingsController } from '../../test/harness/things.controller.js';

describe('a server that speaks TLS itself', () => {
  let directory: string;
  let authority: Authority;
  let files: TlsFiles;
  let server: HttpApplication;
  let reload: CertificateReload;
  let metrics: Metrics;
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'quantonium-tls-'));
    authority = selfSigned('authority.test');
    files = { certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem'), clientAuthoritiesFile: null };
    put(issuedBy(authority, 'localhost'));
    const tls = readTlsMaterial(files);
    server = await openHttpApplication([ThingsController], { tls });
    forgetKey(tls);
    metrics = new Metrics(Object.values(HTTP_METRICS));
    reload = new CertificateReload(server.app.getHttpServer() as unknown as Server, files, tls, metrics);
  });
  after(async () => {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  function put({ cert, key }: Certificate): void {
    for (const file of [files.certFile, files.keyFile]) rmSync(file, { recursive: true, force: true });
    writeFileSync(files.certFile, cert, { mode: 0o644 });
    writeFileSync(files.keyFile, key, { mode: 0o400 });
  }

  const shake = (options: ConnectionOptions = {}): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port: server.port, host: '127.0.0.1', servername: 'localhost', ca: authority.cert, ...options }, () => resolve(socket));
      socket.once('error', reject);
    });

  /** What the handshake comes to: the protocol, and the group where the client offers only one. */
  async function protocolOf(options: ConnectionOptions): Promise<string | null> {
    const socket = await shake(options);
    const protocol = socket.getProtocol();
    socket.destroy();
    return protocol;
  }

  it('serves the pipeline over TLS 1.3', async () => {
    const answer = await new Promise<{ status: number | undefined; hsts: unknown; protocol: string | null }>((resolve, reject) => {
      request({ port: server.port, host: '127.0.0.1', servername: 'localhost', ca: authority.cert, path: '/things/open', agent: false }, (response) => {
        response.resume();
        resolve({ status: response.statusCode, hsts: response.headers['strict-transport-security'], protocol: (response.socket as TLSSocket).getProtocol() });
      }).once('error', reject).end();
    });
    assert.deepEqual([answer.status, answer.protocol], [200, 'TLSv1.3']);
  });

  for (const group of ['X25519MLKEM768', 'X25519', 'P-256']) {
    it(`agrees on keys by ${group}`, async () => assert.equal(await protocolOf({ ecdhCurve: group }), 'TLSv1.3'));
  }
  it('chooses the hybrid group where the client offers it last', async () => {
    const socket = await shake({ ecdhCurve: 'X25519:P-256:X25519MLKEM768' });
    // OpenSSL names a group that is neither a curve nor a prime field by nothing but its name.
    const info = socket.getEphemeralKeyInfo() as { name?: string; type?: string; size?: number };
    socket.destroy();
    assert.notEqual(info.name, 'X25519');
    assert.notEqual(info.name, 'prime256v1');
  });

  for (const [name, options] of [
    ['TLS 1.2', { maxVersion: 'TLSv1.2' }],
    ['a client with none of its groups', { ecdhCurve: 'P-521' }],
  ] as const satisfies readonly (readonly [string, ConnectionOptions])[]) {
    it(`refuses ${name}`, async () => {
      await assert.rejects(protocolOf(options));
    });
  }

  it('ends the connection of who speaks HTTP in clear, and serves the next', async () => {
    const plain = createConnection({ port: server.port, host: '127.0.0.1' });
    plain.end('GET /things/open HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const received: Buffer[] = [];
    plain.on('data', (bytes: Buffer) => received.push(bytes));
    await once(plain, 'close');
    assert.doesNotMatch(Buffer.concat(received).toString('latin1'), /HTTP\/1\.1 2/);
    assert.equal(await protocolOf({}), 'TLSv1.3');
  });

  it('shows a renewed certificate to the next connection and keeps those that stand', async () => {
    const standing = await shake();
    const renewed = issuedBy(authority, 'localhost', '391231235959Z');
    put(renewed);
    reload.look();
    const next = await shake();
    assert.match(next.getPeerCertificate().valid_to, /2039/);
    assert.match(standing.getPeerCertificate().valid_to, /2049/);
    assert.equal(standing.destroyed, false);
    // What Node keeps of the key that it was given.
    const { key } = server.app.getHttpServer() as unknown as { key: Buffer };
    assert.ok(key.length > 100 && key.every((byte) => byte === 0));
    standing.destroy();
    next.destroy();
    assert.match(await metrics.text(), new RegExp(`http_tls_certificate_end_seconds ${Date.UTC(2039, 11, 31, 23, 59, 59) / 1000}\\b`));
  });

  for (const [name, spoil, refusal] of [
    ['a key of another certificate', (): void => put({ cert: issuedBy(authority, 'localhost').cert, key: issuedBy(authority, 'localhost').key }), /TLS_KEY_FILE is not the key/],
    ['half a certificate', (): void => writeFileSync(files.certFile, '-----BEGIN CERTIFICATE-----\nMIIB'), /TLS_CERT_FILE holds no PEM certificate/],
    ['a key that is gone', (): void => rmSync(files.keyFile), /TLS_KEY_FILE cannot be read/],
    ['no key at all', (): void => put({ cert: issuedBy(authority, 'localhost').cert, key: 'secret' }), /TLS_KEY_FILE holds no PEM private key/],
    ['a key that others may read', (): void => chmodSync(files.keyFile, 0o444), /TLS_KEY_FILE is open to other users: chmod 0400/],
    ['a certificate that others may write', (): void => chmodSync(files.certFile, 0o664), /TLS_CERT_FILE can be written by other users: chmod go-w/],
    ['a pipe, which nobody writes to', (): void => (rmSync(files.keyFile), void execFileSync('mkfifo', [files.keyFile])), /TLS_KEY_FILE is no regular file/],
    ['a directory', (): void => (rmSync(files.keyFile), mkdirSync(files.keyFile)), /TLS_KEY_FILE is no regular file/],
    ['what is far too large', (): void => writeFileSync(files.certFile, 'a'.repeat(1024 * 1024 + 1)), /TLS_CERT_FILE has more than 1048576 bytes/],
  ] as const satisfies readonly (readonly [string, () => void, RegExp])[]) {
    it(`goes on with what it has when it finds ${name}, and says so without a byte of it`, async () => {
      put(issuedBy(authority, 'localhost', '381231235959Z'));
      reload.look();
      spoil();
      assert.throws(() => reload.look(), (error) => error instanceof TlsRefusal && refusal.test(error.message) && !error.message.includes('secret'));
      const socket = await shake();
      assert.match(socket.getPeerCertificate().valid_to, /2038/);
      socket.destroy();
    });
  }
});

describe('a server behind a proxy that speaks TLS for it', () => {
  const PROXIED = { production: true, publicUrl: 'https://quantonium.example', trustedProxies: ['127.0.0.1'] };
  const get = async (url: string, headers: Readonly<Record<string, string>>): Promise<readonly [number, string | undefined]> => {
    const answer = await fetch(`${url}/things/open`, { headers });
    const body = (await answer.json()) as { type?: string };
    return [answer.status, body.type];
  };
  const REFUSED = [403, 'urn:quantonium:problem:https-required'] as const;

  it('serves what came to the proxy by https, and refuses what did not', async () => {
    const server = await openHttpApplication([ThingsController], PROXIED);
    try {
      assert.deepEqual(await get(server.url, { 'x-forwarded-proto': 'https' }), [200, undefined]);
      assert.deepEqual(await get(server.url, { 'x-forwarded-proto': 'http' }), REFUSED);
      assert.deepEqual(await get(server.url, {}), REFUSED);
    } finally {
      await server.close();
    }
  });

  it('does not believe anybody else who says so', async () => {
    const server = await openHttpApplication([ThingsController], { ...PROXIED, trustedProxies: ['192.0.2.1'] });
    try {
      assert.deepEqual(await get(server.url, { 'x-forwarded-proto': 'https' }), REFUSED);
    } finally {
      await server.close();
    }
  });
});
