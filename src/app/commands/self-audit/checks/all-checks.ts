import type { Check } from '../check.js';
import { CREDENTIAL_CHECKS } from './credentials.js';
import { ERROR_CHECKS } from './errors.js';
import { HEADER_CHECKS } from './headers.js';
import { MESSAGE_CHECKS } from './messages.js';
import { OPERATION_CHECKS } from './operations.js';
import { TRANSPORT_CHECKS } from './transport.js';

/** In the order in which they are carried out: those first whose answers others look at too. */
export const CHECKS: readonly Check[] = [...TRANSPORT_CHECKS, ...HEADER_CHECKS, ...ERROR_CHECKS, ...OPERATION_CHECKS, ...CREDENTIAL_CHECKS, ...MESSAGE_CHECKS];
