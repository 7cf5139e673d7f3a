import type { SealParameters, SealType } from '../domain/seal.js';
import type { SealKey } from './seal-key.js';

/** A new seal key, and what the database keeps so that it is had again. */
export interface SealCandidate {
  readonly key: SealKey;
  readonly parameters: SealParameters;
}

/** A seal that opens without a person: by what the process was configured with. */
export interface AutomaticSeal {
  readonly type: SealType;
  /** The operator's sentence about a key that the database does not recognise. */
  readonly wrongKey: string;
  /** For a database that is under no seal. Rejects with `SealRefusal` or `SealUnreachable`. */
  begin(): Promise<SealCandidate>;
  /** For a database that is under a seal of this type. Rejects with `SealRefusal` or `SealUnreachable`. */
  open(parameters: SealParameters): Promise<SealKey>;
  /** Of one that holds what it opens by: called once the process is open, which opens no second time. */
  forget?(): void;
  /** Of one that is opened by what ends: called every now and then while the process runs, so that the next start has it. */
  upkeep?(): Promise<void>;
}
