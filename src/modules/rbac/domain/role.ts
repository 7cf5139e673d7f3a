import type { Rule } from './rule.js';

export interface Role {
  /** A builtin role's name, or a UUIDv7. */
  readonly id: string;
  readonly builtin: boolean;
  readonly description: string;
  readonly rules: readonly Rule[];
  readonly unlimited: boolean;
}
