import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createHome, type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { needProgram } from './install.js';

/** The README's shell blocks under "The tour", in their order. */
function tourBlocks(): readonly string[] {
  const tour = readFileSync('README.md', 'utf8').split('## The tour')[1]!.split('\n## ')[0]!;
  return [...tour.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1]!);
}

/** The tour as a newcomer types it: bash and curl, a one-time password, nothing prepared. */
describe('the README’s tour, with curl', () => {
  let home: TestHome;
  let server: RunningServer;
  let password: string;

  before(async () => {
    needProgram('curl');
    home = createHome();
    const { BOOTSTRAP_OWNER_PASSWORD_FILE: _, ...environment } = home.environment;
    server = await startServer({ ...home, environment });
    /* Without a terminal the one-time password is in a file that the server names. */
    const file = /(\/\S*owner-one-time-password)/.exec(server.output());
    assert.ok(file, server.output());
    password = readFileSync(file[1]!, 'utf8').trim();
  });
  after(async () => {
    await server.stop();
    await home.dispose();
  });

  it('works as it is written', () => {
    const script = ['set -euo pipefail', ...tourBlocks()]
      .join('\n')
      .replace('URL=http://localhost:3000', `URL=${server.url}`)
      .replaceAll('THE-ONE-TIME-PASSWORD', password)
      .replace(/curl -s \$URL\/v1\/simulations\/\$ID\/receipt (.*) > receipt\.txt/, 'for i in $(seq 1 100); do curl -s -w "%{stderr}%{http_code}" $URL/v1/simulations/$ID/receipt $1 > receipt.txt 2> status; [ "$(cat status)" = 200 ] && break; sleep 0.1; done'.replace('$1', '-H "Authorization: Bearer $TOKEN"'))
      .replaceAll('npm run verify-receipt --', `${process.execPath} ${process.cwd()}/dist/src/app/commands/verify-receipt.js`)
      .replaceAll('npm run verify-log --', `${process.execPath} ${process.cwd()}/dist/src/app/commands/verify-log/verify-log.js`)
      .replace('field() { node ', `field() { ${process.execPath} `);
    writeFileSync(join(home.directory, 'tour.sh'), script);
    const { status, stdout, stderr } = spawnSync('bash', ['tour.sh'], { cwd: home.directory, encoding: 'utf8', timeout: 120_000 });
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /simulation\.complete/);
    assert.match(stdout, /^VERIFIED$/m);
    const result = JSON.parse(readFileSync(join(home.directory, 'result.json'), 'utf8')) as { counts: Record<string, number> };
    assert.deepEqual(Object.keys(result.counts).sort(), ['00', '11']);
  });
});
