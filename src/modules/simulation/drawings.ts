import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { OPERATIONS_MAX } from './domain/run-limits.js';
import { SIMULATION_FAULTS } from './domain/simulation.faults.js';
import { JobReader } from './job-reader.js';
import { RenderThreads } from './render-threads.js';

/** Pictures of circuits and results, for who may see the job. Nothing is kept: they are made again from what is stored. */
@Injectable()
export class Drawings {
  constructor(
    private readonly reader: JobReader,
    private readonly threads: RenderThreads,
    private readonly config: Config,
  ) {}

  async circuit(principal: Principal, id: string, item: number, as: 'svg' | 'text'): Promise<string> {
    const { name, language, source, parameters } = await this.reader.program(principal, id, item);
    const limits = { sourceBytesMax: this.config.simulation.programBytesMax, operationsMax: OPERATIONS_MAX };
    const drawn = await this.threads.draw(principal.id, { kind: 'circuit', as, title: name ?? 'Quantum circuit', language, source, parameters, limits });
    return drawn ?? absent('The program is one of an older version, which cannot be drawn.');
  }

  async histogram(principal: Principal, id: string, item: number): Promise<string> {
    const result = await this.reader.result(principal, id, item);
    return (await this.threads.draw(principal.id, { kind: 'histogram', title: 'Measurement outcomes', result, item })) ?? absent('The result has no counts.');
  }

  async bloch(principal: Principal, id: string, item: number): Promise<string> {
    const result = await this.reader.result(principal, id, item);
    return (await this.threads.draw(principal.id, { kind: 'bloch', title: 'Bloch vectors', result, item })) ?? absent('The result has no density matrix of a single qubit: ask for the output {"densityMatrix": [0]}.');
  }
}

function absent(detail: string): never {
  throw new Fault(SIMULATION_FAULTS['result-absent'], { detail });
}
