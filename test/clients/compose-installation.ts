import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ComposeFile, composeFile, wordsFor } from './compose-file.js';
import type { Container, ContainerEngine } from './container-engine.js';
import { freePort } from './browser.js';
import { needProgram } from './install.js';
import { asOptions, FOR_LOAD, type ProductionPlace } from './production-place.js';
import { blocksOf } from './tour-script.js';

/**
 * What compose.yaml describes, by podman and on the network of this machine: migration, server and worker as they stand there,
 * with the secrets that docs/operations.md makes. Postgres and Redis are this machine's, with those same logins.
 */
export class ComposeInstallation {
  private constructor(
    readonly file: ComposeFile,
    private readonly engine: ContainerEngine,
    private readonly place: ProductionPlace,
    readonly secrets: string,
    private readonly redis: ChildProcess,
  ) {}

  /** @param place whose database is empty. */
  static async make(engine: ContainerEngine, place: ProductionPlace, image: string, port: number): Promise<ComposeInstallation> {
    for (const program of ['openssl', 'redis-server']) needProgram(program);
    const secrets = join(place.directory, 'compose-secrets');
    await makeSecrets(place, secrets);
    const redisPort = await freePort();
    rewrite(join(secrets, 'redis_url'), (url) => url.replace(':6379', `:${redisPort}`));
    for (const statement of readFileSync(join(secrets, 'logins.sql'), 'utf8').trim().split('\n')) await place.asSuperuser(statement);
    const redis = spawn('redis-server', ['docker/redis/redis.conf', '--bind', '127.0.0.1', '--tls-port', String(redisPort), ...['redis.crt', 'redis.key'].flatMap((name) => [`--tls-${name.endsWith('crt') ? 'cert' : 'key'}-file`, join(secrets, name)]), '--aclfile', join(secrets, 'users.acl'), '--dir', place.directory], { stdio: 'ignore' });
    const unused = 'unused';
    const file = composeFile({ QUANTONIUM_SECRETS: secrets, QUANTONIUM_IMAGE: image, PUBLIC_URL: `https://localhost:${port}`, POSTGRES_IMAGE: unused, REDIS_IMAGE: unused, PROMETHEUS_IMAGE: unused });
    return new ComposeInstallation(file, engine, place, secrets, redis);
  }

  /** One that ends by itself. */
  once(service: string): ReturnType<ContainerEngine['once']> {
    return this.engine.once(...wordsFor(this.file, service, this.place.volumes, []));
  }

  /** @param ports of its own: all of them share the network of this machine. */
  start(service: string, ports: { readonly PORT: number; readonly MANAGEMENT_PORT: number }): Container {
    const here = { PORT: String(ports.PORT), HOST: '127.0.0.1', MANAGEMENT_PORT: String(ports.MANAGEMENT_PORT), MANAGEMENT_HOST: '127.0.0.1', ...FOR_LOAD };
    return this.engine.start(service, ...wordsFor(this.file, service, this.place.volumes, ['--add-host', 'redis:127.0.0.1', ...asOptions(here)]));
  }

  /** What its health check says, as the engine would run it. */
  isHealthy(service: string, container: Container): Promise<boolean> {
    return this.engine.podman('exec', container.name, ...this.file.services[service]!.healthcheck!.test.slice(1)).then(() => true, () => false);
  }

  async close(): Promise<void> {
    const exited = once(this.redis, 'exit');
    this.redis.kill();
    await exited;
  }
}

/** By the page's own commands. The certificate is the one that the place has already, as if an authority had given it. */
async function makeSecrets(place: ProductionPlace, secrets: string): Promise<void> {
  const block = blocksOf(readFileSync('docs/operations.md', 'utf8')).find((each) => each.includes('export QUANTONIUM_SECRETS='))!;
  const script = block.replace('=/etc/quantonium/secrets', `=${secrets}`).replace('cp fullchain.pem', `cp ${place.secret('tls.crt')}`).replace('cp privkey.pem', `cp ${place.secret('tls.key')}`);
  await promisify(execFile)('bash', ['-c', `set -euo pipefail\n${script}`]);
}

/** In place: owner and mode stay. */
function rewrite(file: string, edit: (text: string) => string): void {
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, edit(text));
  chmodSync(file, 0o400);
}
