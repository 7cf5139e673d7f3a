/** Why a Vault server did not do what it was asked: a phrase that may be shown and recorded, with nothing of a secret in it. */
export class VaultFailure extends Error {
  override readonly name: string = 'VaultFailure';

  constructor(
    message: string,
    /** Of the HTTP answer; null where there was none that could be taken. */
    readonly status: number | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** It cannot be reached, is sealed or has too much to do: the same may succeed in a while. */
export class VaultUnreachable extends VaultFailure {
  override readonly name = 'VaultUnreachable';
}

/** It answers, and refuses: somebody must mend what it was asked or what it was asked with. */
export class VaultRefusal extends VaultFailure {
  override readonly name = 'VaultRefusal';
}
