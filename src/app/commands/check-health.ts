import { request as requestInClear } from 'node:http';
import { request as requestByTls } from 'node:https';
import { readEnvironment } from '#platform/config/environment.js';

/**
 * `node dist/src/app/commands/check-health.js`: asks the server of this container whether it lives; exit code 0 when it says so,
 * else 1. For engines that run a command to learn it, in an image without a shell.
 */
const TIMEOUT_MILLIS = 4_000;
const DEFAULT_PORT = 3000;

const { PORT, TLS_CERT_FILE } = readEnvironment();
// Its own server, over loopback: whether the certificate is for that name makes no difference.
const options = { host: '127.0.0.1', port: Number(PORT ?? DEFAULT_PORT), path: '/health/live', timeout: TIMEOUT_MILLIS, agent: false as const };
const request = TLS_CERT_FILE === undefined ? requestInClear(options) : requestByTls({ ...options, rejectUnauthorized: false });

function end(isAlive: boolean): never {
  process.exit(isAlive ? 0 : 1);
}
request.on('response', ({ statusCode }) => end(statusCode === 200));
request.on('timeout', () => end(false));
request.on('error', () => end(false));
request.end();
