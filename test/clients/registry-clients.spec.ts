import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { call, eventually, loginOwner, registryKey, registryToken } from '../harness/api.js';
import { installedHome } from '../harness/installed-home.js';
import { type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { freePort } from './browser.js';
import { needProgram } from './install.js';

/** What machines without rights over their own limits need to start a container with. */
const CONFINED = ['--runtime', 'runc', 'run', '--rm', '--network', 'none', '--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];
/** Everything but making directories. */
const SECCOMP = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }] };

/** Debian's clients of container registries, against the built server: what they were written for is what is shown. */
describe('a registry, to skopeo, buildah and podman', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'registry-clients-'));
  const at = (name: string): string => join(scratch, name);
  const environment = { PATH: process.env['PATH'] ?? '', HOME: scratch, XDG_RUNTIME_DIR: at('run'), REGISTRY_AUTH_FILE: at('auth.json'), CONTAINERS_STORAGE_CONF: at('storage.conf'), STORAGE_DRIVER: 'vfs' };
  let token: string;
  let key: string;
  let home: TestHome;
  let server: RunningServer;
  const host = (): string => new URL(server.url).host;
  const image = (name: string): string => `docker://${host()}/${name}`;

  before(async () => {
    for (const program of ['skopeo', 'podman', 'buildah', 'runc']) needProgram(program);
    needProgram('busybox', 'busybox-static');
    for (const directory of ['run', 'storage', 'storage-run', 'rootfs/bin', 'context']) mkdirSync(at(directory), { recursive: true });
    writeFileSync(at('storage.conf'), `[storage]\ndriver = "vfs"\nrunroot = "${at('storage-run')}"\ngraphroot = "${at('storage')}"\n`);
    writeFileSync(at('policy.json'), JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
    writeFileSync(at('seccomp.json'), JSON.stringify(SECCOMP));
    // Challenges name the server by its public address, so that its port has to be known before it starts.
    const port = String(await freePort());
    home = await installedHome({ PUBLIC_URL: `http://127.0.0.1:${port}` });
    server = await startServer(home, { PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}` });
    token = await loginOwner(server);
    key = await registryKey(server, token);
  });
  after(async () => {
    assert.equal(await server.stop(), 0, server.output());
    await home.dispose();
    rmSync(scratch, { recursive: true, force: true });
  });

  async function run(program: string, ...args: readonly string[]): Promise<string> {
    return (await promisify(execFile)(program, args, { env: environment, timeout: 120_000, maxBuffer: 16 * 1024 * 1024 })).stdout;
  }
  const skopeo = (...args: readonly string[]): Promise<string> => run('skopeo', '--policy', at('policy.json'), ...args);
  const fails = (work: Promise<string>, message: RegExp): Promise<void> => assert.rejects(work, (error: Error & { stderr: string }) => message.test(error.stderr));
  const login = (password: string): Promise<string> => run('skopeo', 'login', '--tls-verify=false', '--username', 'anybody', '--password', password, host());

  it('lets in who has a key, and nobody else', async () => {
    await fails(login(token), /unauthorized|invalid username\/password/);
    await fails(login(`${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`), /unauthorized|invalid username\/password/);
    assert.match(await login(key), /Login Succeeded/);
  });

  it('takes an image that buildah made from nothing, and says what it is', async () => {
    copyFileSync('/bin/busybox', at('rootfs/bin/busybox'));
    chmodSync(at('rootfs/bin/busybox'), 0o755);
    for (const name of ['sh', 'id', 'mkdir', 'cat', 'grep']) symlinkSync('busybox', at(`rootfs/bin/${name}`));
    writeFileSync(at('context/Dockerfile'), 'FROM scratch\nCOPY rootfs /\nENV PATH=/bin\nUSER 1000\nCMD ["id"]\n');
    await run('cp', '-a', at('rootfs'), at('context/rootfs'));
    await run('buildah', 'bud', '--isolation', 'chroot', '-t', `${host()}/default/base:1.0`, at('context'));
    await run('buildah', 'push', '--tls-verify=false', `${host()}/default/base:1.0`);
    const { Name, Digest } = JSON.parse(await skopeo('inspect', '--tls-verify=false', image('default/base:1.0'))) as { Name: string; Digest: string };
    assert.equal(Name, `${host()}/default/base`);
    const pulled = await registryToken(server, token, 'repository:default/base:pull');
    assert.equal((await call(server, 'HEAD', '/v2/default/base/manifests/1.0', { token: pulled })).headers.get('docker-content-digest'), Digest);
  });

  it('copies an image from one repository to another without its bytes, and lists what there is', async () => {
    await skopeo('copy', '--src-tls-verify=false', '--dest-tls-verify=false', image('default/base:1.0'), image('default/copy:2.0'));
    await skopeo('copy', '--src-tls-verify=false', '--dest-tls-verify=false', image('default/base:1.0'), image('default/copy:2.1'));
    assert.deepEqual((JSON.parse(await skopeo('list-tags', '--tls-verify=false', image('default/copy'))) as { Tags: string[] }).Tags, ['2.0', '2.1']);
    // The ledger says that layers were mounted, once it has them in order.
    await eventually(() => call<{ items: unknown[] }>(server, 'GET', '/v1/audit/entries?code=registry.blob.mount', { token }), ({ body }) => body.items.length > 0);
    assert.match(await run('podman', 'search', '--tls-verify=false', `${host()}/default`), /default\/copy/);
  });

  it('lets a robot do by its key what its role lets it do, until the key ends', async () => {
    const post = async <T>(path: string, json: unknown): Promise<T> => (await call<T>(server, 'POST', path, { token, json })).body;
    const robotWith = async (role: string): Promise<{ id: string; keyId: string; key: string }> => {
      const { id } = await post<{ id: string }>('/v1/service-accounts', { name: `robot-${role}` });
      await post('/v1/role-bindings', { subjectId: id, role, scope: 'project:default' });
      const { id: keyId, key: made } = await post<{ id: string; key: string }>(`/v1/service-accounts/${id}/api-keys`, { scope: 'manage:registry', project: 'default' });
      return { id, keyId, key: made };
    };
    const copied = (): Promise<string> => skopeo('copy', '--src-tls-verify=false', '--dest-tls-verify=false', image('default/base:1.0'), image('default/robots:1'));
    await login((await robotWith('viewer')).key);
    assert.match(await skopeo('inspect', '--raw', '--tls-verify=false', image('default/base:1.0')), /layers/);
    await fails(copied(), /denied|unauthorized/i);
    const pusher = await robotWith('operator');
    await login(pusher.key);
    await copied();
    assert.equal((await call(server, 'DELETE', `/v1/service-accounts/${pusher.id}/api-keys/${pusher.keyId}`, { token })).status, 204);
    await fails(copied(), /unauthorized|invalid username\/password/i);
    await login(key);
  });

  it('keeps an index of several platforms whole', async () => {
    await run('buildah', 'manifest', 'create', 'several');
    await run('buildah', 'bud', '--isolation', 'chroot', '--arch', 'arm64', '-t', `${host()}/default/base:arm`, at('context'));
    await run('buildah', 'push', '--tls-verify=false', `${host()}/default/base:arm`);
    for (const tag of ['1.0', 'arm']) await run('buildah', 'manifest', 'add', '--tls-verify=false', 'several', image(`default/base:${tag}`));
    await run('buildah', 'manifest', 'push', '--all', '--tls-verify=false', 'several', image('default/several:1'));
    const index = await skopeo('inspect', '--raw', '--tls-verify=false', image('default/several:1'));
    assert.equal((JSON.parse(index) as { manifests: unknown[] }).manifests.length, 2);
    await skopeo('copy', '--all', '--src-tls-verify=false', '--dest-tls-verify=false', image('default/several:1'), image('default/several:2'));
    assert.equal(await skopeo('inspect', '--raw', '--tls-verify=false', image('default/several:2')), index);
  });

  it('is built upon, and what it gives back runs as nobody in particular and under a seccomp profile', async () => {
    writeFileSync(at('context/Dockerfile.app'), `FROM ${host()}/default/base:1.0\nUSER 0\nRUN ["sh", "-c", "mkdir /made && id > /made/by"]\nUSER 1000\nCMD ["sh", "-c", "id -u; cat /made/by; mkdir /tmp-x || true"]\n`);
    await run('buildah', 'bud', '--isolation', 'chroot', '--tls-verify=false', '-f', at('context/Dockerfile.app'), '-t', `${host()}/default/app:1`, at('context'));
    await run('buildah', 'push', '--tls-verify=false', `${host()}/default/app:1`);
    await run('buildah', 'rmi', '--all', '--force');
    await run('podman', 'pull', '--tls-verify=false', `${host()}/default/app:1`);
    const shown = await run('podman', ...CONFINED, '--read-only', '--cap-drop', 'all', '--security-opt', 'no-new-privileges', '--security-opt', `seccomp=${at('seccomp.json')}`, '--user', '1000', `${host()}/default/app:1`, 'sh', '-c', 'id -u; mkdir /tmp/x || echo refused; grep Seccomp: /proc/self/status');
    assert.match(shown, /^1000\nrefused\nSeccomp:\s+2\n/);
  });

  it('forgets what is deleted', async () => {
    await skopeo('delete', '--tls-verify=false', image('default/copy:2.0'));
    await fails(skopeo('inspect', '--tls-verify=false', image('default/copy:2.0')), /manifest unknown|not found|unknown/i);
  });
});
