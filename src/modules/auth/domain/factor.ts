/** What a person can prove themselves by beside a password. */
export const FACTORS = ['totp', 'webauthn', 'recovery'] as const;
export type Factor = (typeof FACTORS)[number];
