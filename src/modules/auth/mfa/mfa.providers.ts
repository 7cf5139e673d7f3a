import { FactorChanges } from './factor-changes.js';
import { FactorProofs } from './factor-proofs.js';
import { FactorReset } from './factor-reset.js';
import { LoginTickets } from './login-tickets.js';
import { OwnFactors } from './own-factors.js';
import { PasskeyEnrolment } from './passkey-enrolment.js';
import { PasskeyLogin } from './passkey-login.js';
import { RecoveryCodes } from './recovery-codes.js';
import { RelyingParty } from './relying-party.js';
import { SecondFactorLogin } from './second-factor-login.js';
import { SecondFactors } from './second-factors.js';
import { StepUp } from './step-up.js';
import { TotpEnrolment } from './totp-enrolment.js';

/** What doors ask. */
export const MFA_ENGINE = [FactorReset, OwnFactors, PasskeyEnrolment, PasskeyLogin, RecoveryCodes, SecondFactorLogin, SecondFactors, StepUp, TotpEnrolment];
/** What these are made of. */
export const MFA_PARTS = [FactorChanges, FactorProofs, LoginTickets, RelyingParty];
