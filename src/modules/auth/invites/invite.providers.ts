import { NewAccounts } from '../new-accounts.js';
import { InviteAcceptance } from './invite-acceptance.js';
import { Invites } from './invites.js';
import { Registration } from './registration.js';

export const inviteProviders = [InviteAcceptance, Invites, NewAccounts, Registration];
