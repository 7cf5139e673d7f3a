import { Injectable } from '@nestjs/common';
import { ArtifactPull } from '#modules/registry/index.js';
import { Config } from '#platform/config/config.js';
import { RequestLimits } from '#platform/http/rate-limit/request-limits.js';
import { Fault } from '#pure/fault/fault.js';
import { formatPinnedReference, parsePinnedReference, type PinnedReference } from '#pure/oci/pinned-reference.js';
import type { Principal } from '#pure/principal/principal.js';
import { CIRCUIT_MANIFEST_BYTES_MAX, circuitLayerOf } from './domain/circuit-artifact.js';
import { SIMULATION_FAULTS } from './domain/simulation.faults.js';
import type { FoundCircuits, FoundProgram, RequestedCircuits, RequestedProgram } from './requested-items.js';

type Text = Pick<FoundProgram, 'language' | 'source'>;

/** What has been read of a request so far. */
interface Reading {
  readonly principal: Principal;
  /** By their references, as they are kept. */
  readonly texts: Map<string, Text>;
  readonly warnings: Set<string>;
  /** That further texts may have. */
  leftBytes: number;
}

/** Of a header each, of some 200 characters. */
const WARNINGS_MAX = 4;

/** A byte order mark is part of the text, whose digest must be that of the layer. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Programs that are named by references: pulled from the registry as by the caller, through the same gate. */
@Injectable()
export class CircuitReferences {
  constructor(
    private readonly artifacts: ArtifactPull,
    private readonly limits: RequestLimits,
    private readonly config: Config,
  ) {}

  /**
   * One after the other, each reference once, and no more bytes than a request may have. Faults: those of a pull, told at the
   * reference; invalid-simulation, invalid-program, program-too-large.
   */
  async find(principal: Principal, request: RequestedCircuits): Promise<FoundCircuits> {
    const { language, source, reference, parameters, sweep, programs } = request;
    const reading: Reading = { principal, texts: new Map(), warnings: new Set(), leftBytes: this.config.simulation.programBytesMax };
    const isGiven = language !== undefined || source !== undefined || reference !== undefined;
    const program = isGiven ? { program: await this.program(reading, { language, source, reference } as RequestedProgram, '/program') } : {};
    const found: FoundProgram[] = [];
    for (const [index, each] of (programs ?? []).entries()) found.push(await this.program(reading, each, `/programs/${index}`));
    return { ...program, ...(programs === undefined ? {} : { programs: found }), parameters, sweep, warnings: [...reading.warnings].slice(0, WARNINGS_MAX) };
  }

  private async program(reading: Reading, program: RequestedProgram, pointer: string): Promise<FoundProgram> {
    const { language, source, reference } = program;
    if ((source === undefined) === (reference === undefined)) throw invalid(pointer, 'not-together', 'Either its source, or the reference of an artifact that has it.');
    if (source !== undefined) {
      if (language === undefined) throw invalid(`${pointer}/language`, 'missing', 'The language of the source.');
      return { ...program, language, source };
    }
    const pinned = pinnedOf(reference!, `${pointer}/reference`);
    const text = await this.text(reading, pinned, `${pointer}/reference`);
    if (language !== undefined && language !== text.language) throw invalid(`${pointer}/language`, 'contradiction', `The artifact says that it is ${text.language}.`);
    return { ...program, ...text, reference: formatPinnedReference(pinned) };
  }

  private async text(reading: Reading, pinned: PinnedReference, pointer: string): Promise<Text> {
    const { principal, texts } = reading;
    const key = formatPinnedReference(pinned);
    const known = texts.get(key);
    if (known !== undefined) return known;
    // The request itself was counted when it came.
    if (texts.size > 0) await this.limits.charge('principal', principal.id, this.config.rateLimits.principalPerMinute);
    const text = await this.pulled(reading, pinned, pointer).catch((cause: unknown) => {
      throw cause instanceof Fault && cause.context.pointers === undefined ? new Fault(cause.kind, { ...cause.context, pointers: [{ pointer, code: cause.kind.code }] }) : cause;
    });
    texts.set(key, text);
    return text;
  }

  private async pulled(reading: Reading, { name, digest }: PinnedReference, pointer: string): Promise<Text> {
    const pulled = await this.artifacts.manifest(reading.principal, name, digest, CIRCUIT_MANIFEST_BYTES_MAX);
    const layer = pulled === null ? 'Its manifest is larger than that of any circuit.' : circuitLayerOf(pulled.manifest);
    if (typeof layer === 'string') throw Fault.at(SIMULATION_FAULTS['invalid-program'], pointer, 'no-circuit', layer);
    const { sizeBytes } = layer.descriptor;
    if (sizeBytes > reading.leftBytes) throw Fault.at(SIMULATION_FAULTS['program-too-large'], pointer, 'program-too-large', `At most ${this.config.simulation.programBytesMax} bytes of UTF-8.`);
    if (sizeBytes === 0) throw Fault.at(SIMULATION_FAULTS['invalid-program'], pointer, 'no-circuit', 'The program is empty.');
    reading.leftBytes -= sizeBytes;
    if (pulled?.warning != null) reading.warnings.add(pulled.warning);
    return { language: layer.language, source: decoded(await this.artifacts.layer(reading.principal, name, layer.descriptor), pointer) };
  }
}

const invalid = (pointer: string, code: string, detail: string): Fault => Fault.at(SIMULATION_FAULTS['invalid-simulation'], pointer, code, detail);

function pinnedOf(text: string, pointer: string): PinnedReference {
  const pinned = parsePinnedReference(text);
  if (pinned === 'no-digest') throw invalid(pointer, 'digest-missing', 'With the digest, `<name>@sha256:…`: a tag can be moved, and nobody could tell what was run.');
  if (pinned === null) throw invalid(pointer, 'malformed', '`<project>/<name…>@sha256:…`, without a host.');
  return pinned;
}

function decoded(bytes: Buffer, pointer: string): string {
  // Where programs are sent as text, the parser of the body refuses it: no column of Postgres takes it.
  if (bytes.includes(0)) throw Fault.at(SIMULATION_FAULTS['invalid-program'], pointer, 'nul-character', 'The program has a character U+0000.');
  try {
    return UTF8.decode(bytes);
  } catch {
    throw Fault.at(SIMULATION_FAULTS['invalid-program'], pointer, 'encoding', 'The program is not UTF-8.');
  }
}
