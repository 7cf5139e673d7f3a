import type { ProcessRole } from '../config/config.js';
import type { GrantedRole } from './grants.js';

/** The connection strings of one database that a process holds: none for the logins whose roles it does not have. */
export type RoleUrls = Readonly<Partial<Record<GrantedRole, string>>>;

/** All of them: whoever migrates names every login, since it gives them their rights. Only `migration` is connected as. */
export type DatabaseUrls = Readonly<Record<GrantedRole | 'migration', string>>;

/** Which login a role works with. */
export const LOGIN_OF: Readonly<Record<ProcessRole, GrantedRole>> = { api: 'app', ledger: 'sequencer', worker: 'worker' };
