import { auditEvents } from '#pure/audit-event/audit-event.js';

const API_ACTIVITY = 6003;
const CREATE = 1;
const READ = 2;
const UPDATE = 3;
const DELETE = 4;
const OTHER = 99;

const activity = (activityId: number, severityId: number, description: string): { classUid: number; activityId: number; severityId: number; description: string } => ({ classUid: API_ACTIVITY, activityId, severityId, description });

/** What happens to keys, and what is done with them. This engine knows no ledger: its doors, and who unseals it, record. */
export const CRYPTO_EVENTS = auditEvents({
  'crypto.root-key.bind': activity(CREATE, 2, 'The database was bound to its root key.'),
  'crypto.root-key.rotate': activity(UPDATE, 3, 'A new root key wraps the keys of all projects.'),
  'crypto.seal.change': activity(UPDATE, 4, 'The root key was put under another seal.'),
  'crypto.seal.unseal': activity(UPDATE, 3, 'A share was given to unseal this process; the last one opened it, or the attempt failed.'),
  'crypto.seal.seal': activity(UPDATE, 4, 'A process was sealed: it dropped its keys.'),
  'crypto.signing-key.create': activity(CREATE, 2, 'The first version of a signing key was made.'),
  'crypto.signing-key.announce': activity(CREATE, 2, 'The next version of a signing key was published.'),
  'crypto.signing-key.rotate': activity(UPDATE, 2, 'The next version of a signing key signs from now on.'),
  'crypto.signing-key.retire': activity(UPDATE, 2, 'A version of a signing key that nothing rests on any more verifies nothing.'),
  'crypto.signing-key.revoke': activity(DELETE, 4, 'A version of a signing key was revoked in an emergency.'),

  'crypto.key.create': activity(CREATE, 2, 'A key was made.'),
  'crypto.key.configure': activity(UPDATE, 2, 'Settings of a key were changed.'),
  'crypto.key.rotate': activity(UPDATE, 2, 'A key got a new version.'),
  'crypto.key.trim': activity(DELETE, 3, 'Old versions of a key were destroyed.'),
  'crypto.key.import': activity(CREATE, 3, 'A key was imported.'),
  'crypto.key.import-version': activity(UPDATE, 3, 'A version of a key was imported.'),
  'crypto.wrapping-key.create': activity(CREATE, 2, 'The key was made under which imported keys are wrapped on their way.'),
  'crypto.key.delete': activity(DELETE, 4, 'A key and all of its versions were destroyed.'),
  'crypto.key.soft-delete': activity(DELETE, 3, 'A key was put out of use.'),
  'crypto.key.undelete': activity(UPDATE, 3, 'A key that was out of use was put into use again.'),
  'crypto.key.export': activity(READ, 4, 'The secret of a key left the server.'),
  'crypto.key.wrapped-export': activity(READ, 4, 'A key left the server, wrapped for another one.'),
  'crypto.key.public-export': activity(READ, 1, 'A public key was read.'),
  'crypto.key.backup': activity(READ, 4, 'A key was backed up.'),
  'crypto.key.restore': activity(CREATE, 4, 'A key was restored from a backup.'),

  'crypto.encrypt': activity(OTHER, 1, 'Something was encrypted.'),
  'crypto.decrypt': activity(OTHER, 1, 'Something was decrypted.'),
  'crypto.rewrap': activity(OTHER, 1, 'A ciphertext was encrypted anew under a later version.'),
  'crypto.datakey': activity(OTHER, 1, 'A data key was made.'),
  'crypto.hmac': activity(OTHER, 1, 'A message authentication code was made.'),
  'crypto.sign': activity(OTHER, 1, 'Something was signed.'),
  'crypto.verify': activity(OTHER, 1, 'A signature or message authentication code was verified.'),

  'waveform.tag': activity(OTHER, 1, 'A waveform was tagged.'),
  'waveform.verify': activity(OTHER, 1, 'The tag of a waveform was verified.'),
});
