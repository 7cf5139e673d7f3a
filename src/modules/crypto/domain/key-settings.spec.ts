import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rotationRefusal, type SettingsChange, trimmed, withSettings } from './key-settings.js';
import type { TransitKey } from './transit-key.js';

const KEY: TransitKey = {
  id: '019a94de-4b70-7c00-8000-000000000001', projectId: '019a94de-4b70-7c00-8000-000000000002', name: 'orders', type: 'aes256-gcm96', keyBytes: null, derived: false, convergent: false, exportable: false,
  allowPlaintextBackup: false, deletionAllowed: false, imported: false, allowRotation: true, latestVersion: 5, minAvailableVersion: 0, minDecryptionVersion: 2, minEncryptionVersion: 3, autoRotateSeconds: 0,
  softDeleted: false, createdAt: new Date(0),
};

describe('settings of a key', () => {
  it('are left as they are where nothing is said', () => assert.deepEqual(withSettings(KEY, {}), KEY));

  it('count versions from 1, whoever says 0', () => assert.equal((withSettings(KEY, { minDecryptionVersion: 0 }) as TransitKey).minDecryptionVersion, 1));

  it('go one way where a key could leave the server', () => {
    const open = withSettings(KEY, { exportable: true, allowPlaintextBackup: true }) as TransitKey;
    assert.deepEqual([open.exportable, open.allowPlaintextBackup], [true, true]);
    const closed = withSettings(open, { exportable: false, allowPlaintextBackup: false, deletionAllowed: true }) as TransitKey;
    assert.deepEqual([closed.exportable, closed.allowPlaintextBackup, closed.deletionAllowed], [true, true, true]);
    assert.equal((withSettings(closed, { deletionAllowed: false }) as TransitKey).deletionAllowed, false);
  });

  const refused: readonly [string, SettingsChange, RegExp, Partial<TransitKey>?][] = [
    ['to decrypt only with what there is not', { minDecryptionVersion: 6 }, /cannot set min decryption version of 6, latest key version is 5/],
    ['to encrypt only with what there is not', { minEncryptionVersion: 6 }, /cannot set min encryption version of 6, latest key version is 5/],
    ['to encrypt what is not decrypted', { minDecryptionVersion: 4 }, /min encryption version of 3 must be greater than or equal to min decryption version of 4/],
    ['to need what is destroyed', { minDecryptionVersion: 1 }, /min decryption version should not be less then min available version/, { minAvailableVersion: 2 }],
    ['to encrypt with what is destroyed', { minEncryptionVersion: 0 }, /min encryption version should not be less than min available version/, { minAvailableVersion: 2 }],
    ['to be rotated more often than hourly', { autoRotateSeconds: 60 }, /auto rotate period must be 0 to disable or at least an hour/],
    ['to be rotated by time where they are not rotated', { autoRotateSeconds: 3600 }, /does not allow rotation/, { imported: true, allowRotation: false }],
  ];
  for (const [what, change, said, over] of refused) it(`refuse ${what}`, () => assert.match(withSettings({ ...KEY, ...over }, change) as string, said));

  it('destroy versions that nothing needs, and refuse the others', () => {
    assert.equal((trimmed(KEY, 2) as TransitKey).minAvailableVersion, 2);
    const cases: readonly [number, Partial<TransitKey>, RegExp][] = [
      [3, {}, /cannot be greater than minimum decryption version/],
      [4, { minDecryptionVersion: 5 }, /cannot be greater than minimum encryption version/],
      [1, { minAvailableVersion: 2 }, /cannot be decremented/],
      [0, {}, /should be positive/],
      [1, { minEncryptionVersion: 0 }, /when minimum encryption version is not set/],
      [1, { minDecryptionVersion: 0 }, /when minimum decryption version is not set/],
    ];
    for (const [version, over, said] of cases) assert.match(trimmed({ ...KEY, ...over }, version) as string, said);
  });

  it('let a key be rotated that is in use and was made here, or allows it', () => {
    assert.equal(rotationRefusal(KEY), null);
    assert.equal(rotationRefusal({ ...KEY, imported: true }), null);
    assert.match(rotationRefusal({ ...KEY, imported: true, allowRotation: false })!, /imported key orders does not allow rotation/);
    assert.match(rotationRefusal({ ...KEY, softDeleted: true })!, /soft deleted/);
  });
});
