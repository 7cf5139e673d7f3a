import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { MIB } from './registry-load.js';

/**
 * What a benchmark of bytes over HTTP is held against: `node:http` alone, in a process of its own. What is sent to it is read and
 * dropped; who asks gets that many MiB (`/256`), out of memory.
 */
export interface BareByteServer {
  readonly url: string;
  readonly pid: number;
  stop(): void;
}

export async function startBareByteServer(): Promise<BareByteServer> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [address] = (await once(child.stdout, 'data')) as [Buffer];
  return { url: address.toString().trim(), pid: child.pid!, stop: () => void child.kill() };
}

if (import.meta.main) {
  const piece = randomBytes(MIB);
  const server = createServer(async (request, response) => {
    for await (const _ of request);
    const pieces = request.method === 'GET' ? Number(request.url!.slice(1)) : 0;
    for (let sent = 0; sent < pieces; sent += 1) if (!response.write(piece)) await once(response, 'drain');
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
}
