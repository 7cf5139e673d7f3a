/** What production demands of the process that it runs in. */
export const HARDENINGS = ['no-new-privileges', 'seccomp', 'capabilities', 'user', 'read-only-root', 'permission-model', 'no-core-dumps', 'no-debug-signal'] as const;
export type Hardening = (typeof HARDENINGS)[number];

/** What an operator may do without, each by its name: the surroundings, and a release that somebody has signed. */
export const EXEMPTIONS = [...HARDENINGS, 'release'] as const;
export type Exemption = (typeof EXEMPTIONS)[number];
