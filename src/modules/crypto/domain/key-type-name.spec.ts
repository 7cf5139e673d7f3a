import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KEY_TYPE_NAMES } from './key-type.js';
import { typeOf, wireOf } from './key-type-name.js';

describe('the type of a key on the wire', () => {
  it('is read back as it is written, of every type', () => {
    for (const name of KEY_TYPE_NAMES) {
      assert.equal(typeOf(wireOf(name)), name);
      assert.equal(typeOf({ type: name }), name);
    }
  });

  it('is a family and a parameter set, as Vault writes it', () => {
    assert.deepEqual(wireOf('ml-dsa-65'), { type: 'ml-dsa', parameter_set: '65' });
    assert.deepEqual(wireOf('slh-dsa-shake-192f'), { type: 'slh-dsa', parameter_set: 'shake-192f' });
    assert.deepEqual(wireOf('hybrid'), { type: 'hybrid', parameter_set: '65', hybrid_key_type_pqc: 'ml-dsa', hybrid_key_type_ec: 'ed25519' });
    assert.deepEqual(wireOf('x-wing'), { type: 'x-wing' });
    assert.equal(typeOf({ type: 'slh-dsa', parameter_set: 'slh-dsa-sha2-128s' }), 'slh-dsa-sha2-128s');
  });

  it('has the spellings of other servers', () => {
    for (const set of ['44', '65', '87'] as const) assert.equal(typeOf({ type: `mldsa-${set}` }), `ml-dsa-${set}`);
    assert.equal(typeOf({ type: 'xwing' }), 'x-wing');
    assert.equal(typeOf({ type: 'hybrid', hybrid_key_type_pqc: 'ml-dsa-65', parameter_set: '' }), 'hybrid');
    assert.equal(typeOf({ type: 'aes256-gcm96', parameter_set: '65' }), 'aes256-gcm96');
  });

  it('is refused when nothing is called so, half of it is missing, or it contradicts itself', () => {
    const wires = [
      { type: '' }, { type: 'aes256' }, { type: 'AES256-GCM96' }, { type: 'toString' }, { type: 'rsa' }, { type: 'xchacha20-poly1305' },
      { type: 'ml-dsa' }, { type: 'ml-dsa', parameter_set: '' }, { type: 'ml-dsa', parameter_set: '66' }, { type: 'ml-dsa', parameter_set: 'sha2-128s' }, { type: 'slh-dsa', parameter_set: '65' },
      { type: 'ml-dsa-44', parameter_set: '65' }, { type: 'mldsa-44', parameter_set: '65' },
      { type: 'hybrid', parameter_set: '44' }, { type: 'hybrid', hybrid_key_type_ec: 'ecdsa-p256' }, { type: 'hybrid', hybrid_key_type_pqc: 'slh-dsa' },
    ];
    for (const wire of wires) assert.equal(typeOf(wire), null, JSON.stringify(wire));
  });
});
