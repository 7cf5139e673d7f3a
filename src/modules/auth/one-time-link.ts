import type { Letter } from '#platform/outbox/letter.js';

/** Half an hour: as long as a mail may take, and no longer than somebody leaves a mailbox open. */
export const RESET_LIFETIME_MILLIS = 30 * 60_000;
/** Whoever asks again before this is not sent another: nobody's mailbox is filled by strangers. */
export const RESET_PAUSE_MILLIS = 5 * 60_000;

/** A link that opens something once. */
export type LinkKind = 'invite' | 'password-reset';

/**
 * The secret stands behind the `#`: a browser keeps that to itself, so that it is in no request line, no log of a proxy
 * and no Referer. Always below PUBLIC_URL: what a request says of the host that it was sent to is nobody's address.
 */
export function linkOf(publicUrl: string, kind: LinkKind, secret: string): string {
  return `${publicUrl}/${kind}#${secret}`;
}

const FOOT = 'Whoever has this link can use it: do not pass it on. If you did not expect this message, do nothing.';

/** The display name of who invited does not stand here: a text that somebody chose is no part of a mail from us. */
export function inviteLetter(to: string, link: string, { host, username, expiresAt }: { readonly host: string; readonly username: string; readonly expiresAt: Date }): Letter {
  return {
    to,
    subject: `Your account at ${host}`,
    text: `You were invited to make an account at ${host}. It will be called ${username}.\n\nTo choose its password, open this until ${expiresAt.toISOString()}:\n\n${link}\n\n${FOOT}\n`,
  };
}

/** To the address of before, and without the new one: a mailbox may have changed hands. */
export function addressLetter(to: string, host: string): Letter {
  return {
    to,
    subject: `Your address at ${host}`,
    text: `Links to your account at ${host} do not go to this address any more: another was set, or none.\n\nIf that was not you, tell whoever administers accounts there.\n`,
  };
}

export function resetLetter(to: string, link: string, { host, expiresAt }: { readonly host: string; readonly expiresAt: Date }): Letter {
  return {
    to,
    subject: `Your password at ${host}`,
    text: `Somebody asked to set the password of your account at ${host} anew.\n\nTo choose another one, open this until ${expiresAt.toISOString()}:\n\n${link}\n\nA second factor is still asked for afterwards. ${FOOT}\n`,
  };
}
