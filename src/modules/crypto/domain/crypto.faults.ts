import { faultKinds } from '#pure/fault/fault.js';

/** Of the Vault dialect the words that its clients compare are the details: those are part of the interface. */
export const CRYPTO_FAULTS = faultKinds({
  'keyring-sealed': { status: 503, title: 'The signing keys are not available.' },
  'sealed': { status: 503, title: 'The server is sealed.' },
  'keys-unavailable': { status: 503, title: 'The keys that this needs do not open.' },
  'unseal-refused': { status: 400, title: 'The server was not unsealed by this.' },
  'key-transition-refused': { status: 409, title: 'The key is not in a state that allows this.' },
  'signing-key-pinned': { status: 409, title: 'Keys of this purpose are pinned by others, and not rotated.' },
  'signing-key-held-elsewhere': { status: 409, title: 'Keys of this purpose are not changed over HTTP.' },
  'transit-refused': { status: 400, title: 'The request cannot be done with this key.' },
  'transit-key-unknown': { status: 400, title: 'There is no such key.' },
  'transit-undecryptable': { status: 400, title: 'This cannot be decrypted.' },
  'transit-busy': { status: 503, title: 'Too much is waiting to be done with keys.' },
  'waveform-refused': { status: 422, title: 'This is no waveform that can be encoded.' },
});
