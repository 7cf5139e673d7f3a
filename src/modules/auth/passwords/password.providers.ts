import { PasswordResets } from './password-resets.js';
import { ResetLinks } from './reset-links.js';

export const passwordProviders = [PasswordResets, ResetLinks];
