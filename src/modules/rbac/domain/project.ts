import { isUuid } from '#pure/uuid/uuid.js';

/** The unit of tenancy: what others hold belongs to exactly one. Id and slug never change, and no project is deleted: it is archived. */
export interface Project {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly createdAt: Date;
  /** From then on nothing new is made in it, and what is there is read and taken away; null while it is in use. */
  readonly archivedAt: Date | null;
  /** Whether what cannot be undone takes a second person there. */
  readonly approvalsRequired: boolean;
  /** Moves with every change. */
  readonly version: number;
}

/** A DNS label (RFC 1123), because slugs stand in image names and, one day, in host names. */
const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** A slug that reads like an id is refused: a reference must be one or the other. */
export function isSlug(text: string): boolean {
  return SLUG.test(text) && !isUuid(text);
}

export const DEFAULT_PROJECT_SLUG = 'default';
