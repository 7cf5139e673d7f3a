import { AccountAddress } from './account-address.js';
import { PasswordResets } from './password-resets.js';
import { ResetLinks } from './reset-links.js';

export const passwordProviders = [AccountAddress, PasswordResets, ResetLinks];
