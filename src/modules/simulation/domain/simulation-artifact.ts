import type { RecordedEntry } from '#pure/transparency-log/recorded-entry.js';
import { CIRCUIT_TYPE, LANGUAGE_TYPES } from './circuit-artifact.js';
import type { Job, Language } from './job.js';

/** A simulation that has succeeded, as an artifact about its circuit. */
export const SIMULATION_TYPE = 'application/vnd.quantonium.simulation.v1';
export const RESULT_TYPE = 'application/vnd.quantonium.simulation.result.v1+json';
/** A C2SP tlog-proof, which has no registered type. */
export const RECEIPT_TYPE = 'application/vnd.quantonium.receipt.v1';
export const DRAWING_TYPE = 'image/svg+xml';

/** What stands in it. */
export interface SimulationFiles {
  readonly result: Buffer;
  readonly receipt: Buffer;
  /** Null: the program is one that cannot be drawn any more. */
  readonly drawing: Buffer | null;
}

interface Content {
  readonly artifactType: string;
  readonly files: readonly { readonly mediaType: string; readonly title: string; readonly bytes: Buffer }[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** Of a program that was sent as text. Nothing of the job is in it, so that all simulations of one program are about one artifact. */
export function circuitContent({ language, source }: { readonly language: Language; readonly source: string }): Content {
  return { artifactType: CIRCUIT_TYPE, files: [{ mediaType: LANGUAGE_TYPES[language], title: 'circuit.qasm', bytes: Buffer.from(source, 'utf8') }], annotations: {} };
}

/** @param end the entry that the receipt is of: what is said of the result is what the ledger says. */
export function simulationContent({ id, programDigest, finishedAt }: Job, { facts }: RecordedEntry, { result, receipt, drawing }: SimulationFiles): Content {
  const files = [{ mediaType: RESULT_TYPE, title: 'result.json', bytes: result }, { mediaType: RECEIPT_TYPE, title: 'receipt.txt', bytes: receipt }];
  return {
    artifactType: SIMULATION_TYPE,
    files: drawing === null ? files : [...files, { mediaType: DRAWING_TYPE, title: 'circuit.svg', bytes: drawing }],
    annotations: {
      'org.opencontainers.image.created': finishedAt!.toISOString(), // Of a job that has ended.
      'vnd.quantonium.simulation.id': id,
      'vnd.quantonium.simulation.engine-version': String(facts['engineVersion']),
      'vnd.quantonium.simulation.program-digest': programDigest,
      'vnd.quantonium.simulation.order-digest': String(facts['orderDigest']),
      'vnd.quantonium.simulation.result-digest': String(facts['resultDigest']),
    },
  };
}
