/**
 * Which spec kills at which named place of the code. Every place has one spec that answers for it: one that passes it
 * for certain, and says what must be true afterwards. Others may kill there too. The names are checked against the code
 * by test/architecture/crash-points.spec.ts.
 */
export const KILLS = {
  'audit-crash': [
    'audit.append.before-commit',
    'audit.group.after-commit',
    'audit.publish.after-commit',
    'audit.publish.after-signing',
    'audit.publish.before-commit',
    'audit.sequence.after-commit',
    'audit.sequence.after-leaves',
    'audit.sequence.after-tiles',
    'audit.sequence.before-commit',
    'database.commit.before-answer',
    'database.commit.before-sending',
  ],
  crash: ['simulation.complete.after-commit', 'simulation.complete.before-commit'],
  'detection-crash': ['audit.detection.after-alert', 'audit.detection.after-matches', 'audit.detection.before-cursor'],
  'first-owner-crash': ['auth.first-owner.after-commit'],
  'idempotency-crash': ['database.idempotency.after-commit', 'database.idempotency.before-commit'],
  'outbox-crash': ['outbox.claim.after-commit', 'outbox.deliver.after-delivery'],
  'seal-crash': [
    'crypto.root-rotation.after-commit',
    'crypto.root-rotation.after-insert',
    'crypto.root-rotation.after-rewrap',
    'crypto.root-rotation.before-commit',
    'crypto.seal-change.after-commit',
    'crypto.seal-change.after-rewrap',
    'crypto.seal-change.before-commit',
  ],
  'simulation-crash': [
    'registry.push.after-commit',
    'registry.push.after-store',
    'registry.push.before-commit',
    'registry.store.after-rename',
    'registry.store.after-sync',
    'simulation.cancel.before-commit',
    'simulation.claim.after-commit',
    'simulation.expire.before-commit',
    'simulation.part.before-commit',
    'simulation.recover.before-commit',
    'simulation.sign.before-commit',
    'simulation.submit.before-commit',
  ],
  'transit-crash': [
    'crypto.import.before-commit',
    'crypto.key.after-commit',
    'crypto.key.after-insert',
    'crypto.rotate.after-commit',
    'crypto.rotate.before-commit',
    'crypto.version.after-insert',
  ],
  'verification-crash': ['audit.verify.before-result'],
  'witness-crash': ['audit.witness.after-answer', 'audit.witness.after-commit', 'audit.witness.before-commit'],
} as const satisfies Record<string, readonly string[]>;

/** A table of `Record<PointOf<'…'>, …>` in a spec forgets none of its places: it would not compile. */
export type PointOf<Spec extends keyof typeof KILLS> = (typeof KILLS)[Spec][number];
