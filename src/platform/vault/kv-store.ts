import { type SecretReference, referencePath } from '#pure/secret-reference/secret-reference.js';
import { VaultRefusal } from './vault-failure.js';
import { parsed, type VaultSession } from './vault-session.js';

/** The members of one secret, as they were at one moment. */
type Fields = Readonly<Record<string, unknown>>;

/**
 * Secrets of a KV engine, version 2. One look asks for each secret once, however many settings it holds, so that two of
 * them (a key and its id) are of one version.
 */
export class KvStore {
  constructor(private readonly session: VaultSession) {}

  /** Keeps the token alive for the next look. Rejects with `VaultFailure`. */
  upkeep(): Promise<void> {
    return this.session.upkeep();
  }

  look(): KvLook {
    return new KvLook(this.session);
  }
}

export class KvLook {
  readonly #asked = new Map<string, Promise<Fields>>();

  constructor(private readonly session: VaultSession) {}

  /** Rejects with `VaultFailure`: its message names the path, and never what is there. */
  async read(reference: SecretReference): Promise<string> {
    const path = referencePath(reference);
    const asked = this.#asked.get(path) ?? this.#fetch(path);
    this.#asked.set(path, asked);
    const fields = await asked;
    const value = Object.hasOwn(fields, reference.field) ? fields[reference.field] : undefined;
    if (value === undefined) throw new VaultRefusal(`has no field ${reference.field} in ${path}`, 200);
    if (typeof value !== 'string') throw new VaultRefusal(`has no text in the field ${reference.field} of ${path}`, 200);
    return value;
  }

  async #fetch(path: string): Promise<Fields> {
    const { status, body } = await this.session.call({ method: 'GET', path });
    try {
      if (status === 404) throw new VaultRefusal(`has no secret in ${path}, or its latest version is deleted`, status);
      if (status !== 200) throw new VaultRefusal(`refuses to show ${path} (${status})`, status);
      const { data } = parsed(body, path);
      const fields = (data as { readonly data?: unknown } | null | undefined)?.data;
      if (typeof fields !== 'object' || fields === null) throw new VaultRefusal(`answers ${path} without the data of KV version 2: is it such an engine?`, status);
      return fields as Fields;
    } finally {
      body.fill(0);
    }
  }
}
