import { faultKinds } from '#pure/fault/fault.js';

export const CRYPTO_FAULTS = faultKinds({
  'keyring-sealed': { status: 503, title: 'The signing keys are not available.' },
  'key-transition-refused': { status: 409, title: 'The key is not in a state that allows this.' },
});
