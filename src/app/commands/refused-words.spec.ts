import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runCommand } from '../../../test/harness/run-command.js';

/** Words that each command does not know, one of them the word that everybody tries first. */
const UNKNOWN: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'audit-standing': [['--help'], ['clear', 'more']],
  'backup': [['--help'], ['/nowhere', '--help']],
  'init-seal': [['--help']],
  'migrate': [['--help'], ['up', '1']],
  'rebuild-search': [['--help']],
  'recover-owner': [['--help'], ['alice', 'bob']],
  'restore': [['--help'], ['/nowhere', 'more']],
  'revoke-signing-key': [['--help'], ['audit-log', 'kid', 'more']],
  'rotate-root-key': [['--help']],
  'succeed-log': [['--help'], ['now']],
};

describe('a command that changes an installation', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'quantonium-words-'));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  for (const [command, calls] of Object.entries(UNKNOWN)) {
    for (const words of calls) {
      it(`says what it takes when it is called as ${command} ${words.join(' ')}, and does nothing`, async () => {
        const data = join(directory, 'data');
        const { code, out } = await runCommand(command, words, { QUANTONIUM_DATA_DIR: data, ROOT_KEY_FILE: join(directory, 'root.key') });
        assert.equal(code, 78, out);
        assert.match(out, new RegExp(`^${command}: [^]*${command} takes `, 'm'));
        assert.equal(existsSync(data), false);
      });
    }
  }
});
