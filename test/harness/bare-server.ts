import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import fastify from 'fastify';

/**
 * What a benchmark of HTTP is held against: Fastify alone, which parses the JSON that it is sent and answers every POST
 * with the same text. In a process of its own, as the server is: beside the load generator in one, it would be slower.
 */
export interface BareServer {
  readonly url: string;
  stop(): void;
}

export async function startBareServer(answer: string): Promise<BareServer> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), answer], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [address] = (await once(child.stdout, 'data')) as [Buffer];
  return { url: address.toString().trim(), stop: () => void child.kill() };
}

if (import.meta.main) {
  const server = fastify();
  server.post('/', (_request, reply) => reply.header('content-type', 'application/json').send(process.argv[2]));
  process.stdout.write(`${await server.listen({ port: 0, host: '127.0.0.1' })}\n`);
}
