/** Why a backup is not made, or not restored, in one sentence for the operator. What was there is as it was, unless it says otherwise. */
export class RecoveryRefusal extends Error {
  override readonly name = 'RecoveryRefusal';
}
