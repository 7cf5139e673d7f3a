import { type CustomDecorator, SetMetadata } from '@nestjs/common';
import type { AuditEventKind } from '#pure/audit-event/audit-event.js';
import type { Permission } from '#pure/capability/permission.js';

/**
 * What every handler must state: who may call it (`@Requires` or `@Public`) and what is recorded (`@Audited` or
 * `@Unaudited`). The annotation check at boot refuses a handler that states neither, or both of a pair.
 */
export type Access =
  | { readonly kind: 'requires'; readonly permission: Permission }
  | { readonly kind: 'public'; readonly reason: string };

/**
 * How the event reaches the ledger.
 * `transaction`: in the transaction of the deed. `group`: an event without a deed (a denial, a failed login), group-
 * committed before the answer. `stream`: an upload, recorded in the transaction that makes it visible.
 */
export type AuditMode = 'transaction' | 'group' | 'stream';
export type Recording =
  | { readonly kind: 'audited'; readonly event: AuditEventKind; readonly mode: AuditMode }
  | { readonly kind: 'unaudited'; readonly reason: string };

export const ACCESS = 'quantonium:access';
export const RECORDING = 'quantonium:recording';
export const STREAMED_BODY = 'quantonium:streamed-body';
export const BUCKET = 'quantonium:bucket';
export const NEEDS_APPROVAL = 'quantonium:needs-approval';
export const BODY_LIMIT = 'quantonium:body-limit';

/** Only principals to whom policy grants the permission; 401 without a credential, 403 without the grant. */
export const Requires = (permission: Permission): CustomDecorator => SetMetadata(ACCESS, { kind: 'requires', permission } satisfies Access);

/** Anybody, and why that is right: the reason stands in a golden file. */
export const Public = (reason: string): CustomDecorator => SetMetadata(ACCESS, { kind: 'public', reason } satisfies Access);

export const Audited = (event: AuditEventKind, mode: AuditMode): CustomDecorator =>
  SetMetadata(RECORDING, { kind: 'audited', event, mode } satisfies Recording);

/** Nothing is recorded when it succeeds, and why that is right: the reason stands in a golden file. */
export const Unaudited = (reason: string): CustomDecorator => SetMetadata(RECORDING, { kind: 'unaudited', reason } satisfies Recording);

/** The body is handed to the handler as a stream and never buffered; any content type. */
export const StreamedBody = (): CustomDecorator => SetMetadata(STREAMED_BODY, true);

/** Refused bodies above this size, for a route that takes more or less than the default. */
export const BodyLimit = (limitBytes: number): CustomDecorator => SetMetadata(BODY_LIMIT, limitBytes);

/** Unauthenticated calls are counted in the bucket of this name instead of the one that all routes share. */
export const Bucket = (name: string): CustomDecorator => SetMetadata(BUCKET, name);

/** Refused unless an approval for the identical request is presented; refuses always while approvals are not available. */
export const NeedsApproval = (): CustomDecorator => SetMetadata(NEEDS_APPROVAL, true);
