import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { scramVerifier } from './scram.js';
import { mayEnter, mayRead, serverAccount } from './server-account.js';

const NOBODY = { uid: 65534, gid: 65534 };

describe('the account that Postgres runs as', () => {
  it('is nobody for root, and oneself for everybody else', () => {
    assert.deepEqual(serverAccount('linux', 0), { identity: NOBODY });
    assert.deepEqual(serverAccount('linux', 1000), { identity: null });
    assert.deepEqual(serverAccount('darwin', 501), { identity: null });
  });

  it('refuses where it cannot be, and says what to do instead', () => {
    assert.throws(() => serverAccount('win32', undefined), /set DATABASE_URL/);
    assert.throws(() => serverAccount('darwin', 0), /ordinary user/);
  });

  const MODES: readonly [mode: number, uid: number, gid: number, enters: boolean, reads: boolean][] = [
    [0o755, 0, 0, true, true],
    [0o711, 0, 0, true, false],
    [0o700, 0, 0, false, false],
    [0o750, 0, 0, false, false],
    [0o704, 0, 0, false, false],
    [0o750, 0, 65534, true, true],
    [0o700, 65534, 0, true, true],
    // The owner's bits count for the owner, also where others have more.
    [0o077, 65534, 65534, false, false],
    [0o1777, 0, 0, true, true],
  ];
  for (const [mode, uid, gid, enters, reads] of MODES) {
    it(`${enters ? 'enters' : 'does not enter'} and ${reads ? 'reads' : 'does not read'} 0${mode.toString(8)} of ${uid}:${gid}`, () => {
      assert.equal(mayEnter(NOBODY, { mode, uid, gid }), enters);
      assert.equal(mayRead(NOBODY, { mode, uid, gid }), reads);
    });
  }
});

describe('a SCRAM verifier', () => {
  it('is what RFC 7677 §3 derives from its own example', () => {
    // The example's StoredKey and ServerKey follow from its proof and signature: user "user", password "pencil".
    const verifier = scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'));
    assert.equal(verifier, 'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=');
  });
});
