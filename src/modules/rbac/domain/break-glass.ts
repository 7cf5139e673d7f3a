/** For an emergency, and for the few minutes around it: long enough to act, short enough to be watched. */
export const BREAK_GLASS_MILLIS = 3600 * 1000;

/** An account that holds no role, sealed until an emergency. */
export interface BreakGlassAccount {
  /** The principal's. */
  readonly id: string;
  readonly enrolledAt: Date;
  readonly enrolledBy: string;
}

/** One emergency: who opened what a sealed account may do, why, and who looked at it afterwards. */
export interface BreakGlassUse {
  readonly id: string;
  readonly principalId: string;
  readonly reason: string;
  readonly openedAt: Date;
  readonly endsAt: Date;
  /** Null until somebody else has looked at it: until then there is no next time. */
  readonly reviewedBy: string | null;
  readonly reviewedAt: Date | null;
  readonly findings: string | null;
}
