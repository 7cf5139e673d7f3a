import { ClientAuthentication } from './client-authentication.js';
import { ClientKeys } from './client-keys.js';
import { Clients } from './clients.js';
import { DeviceApproval } from './device-approval.js';
import { DeviceCodeIssuer } from './device-codes.js';
import { DeviceLogin } from './device-login.js';
import { ProgramLogins } from './program-logins.js';
import { TokenGrants } from './token-grants.js';
import { TokenStandings } from './token-standing.js';

/** Of the auth engine: the doors of OAuth take these. */
export const oauthProviders = [ClientAuthentication, ClientKeys, Clients, DeviceApproval, DeviceCodeIssuer, DeviceLogin, ProgramLogins, TokenGrants, TokenStandings];
