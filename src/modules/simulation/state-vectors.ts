import { Injectable } from '@nestjs/common';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { SIMULATION_FAULTS } from './domain/simulation.faults.js';
import { JobReader } from './job-reader.js';
import { RenderThreads } from './render-threads.js';
import type { RawStateVector } from './worker/render.js';

/** State vectors as plain bytes: those that the signed result holds as text. */
@Injectable()
export class StateVectors {
  constructor(
    private readonly reader: JobReader,
    private readonly threads: RenderThreads,
  ) {}

  /** Faults: as of the result, which it is a part of; result-absent where no state vector was asked for. */
  async read(principal: Principal, id: string, item: number): Promise<RawStateVector> {
    const vector = await this.threads.statevector(principal.id, await this.reader.result(principal, id, item), item);
    if (vector === null) throw new Fault(SIMULATION_FAULTS['result-absent'], { detail: 'The result has no state vector: ask for the output "statevector".' });
    return vector;
  }
}
