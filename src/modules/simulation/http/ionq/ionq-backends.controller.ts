import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Config } from '#platform/config/config.js';
import { Public, Unaudited } from '#platform/http/annotations.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { IONQ_GATES } from '#pure/ionq/gate-table.js';
import { IONQ_BACKEND } from '#pure/ionq/job-request.js';
import { IonqBackendDto, IonqCharacterizationsDto } from './ionq.dto.js';

const CONSTANT = 'qiskit-ionq asks for it without a key, as IonQ allows, before anything else; it is the same for everybody';

const BACKEND = { name: 'backend', schema: { type: 'string', example: IONQ_BACKEND }, description: 'The one that there is.' } as const;

/** The machines that clients choose from: one. */
@ApiTags('ionq')
@Controller(['ionq/v0.3/backends', 'ionq/v0.4/backends'])
export class IonqBackendsController {
  constructor(private readonly config: Config) {}

  @Get()
  @Public(CONSTANT)
  @Unaudited('a constant')
  @ApiOperation({ summary: 'List the backends' })
  @ApiOkResponse({ type: [IonqBackendDto] })
  list(): IonqBackendDto[] {
    return [this.simulator()];
  }

  @Get(':backend')
  @Public(CONSTANT)
  @Unaudited('a constant')
  @ApiOperation({ summary: 'See a backend' })
  @ApiParam(BACKEND)
  @ApiOkResponse({ type: IonqBackendDto })
  get(@Param('backend') backend: string): IonqBackendDto {
    requireSimulator(backend);
    return this.simulator();
  }

  @Get(':backend/characterizations')
  @Public(CONSTANT)
  @Unaudited('a constant')
  @ApiOperation({ summary: 'List the characterizations of a backend' })
  @ApiParam(BACKEND)
  @ApiOkResponse({ type: IonqCharacterizationsDto })
  characterizations(@Param('backend') backend: string): IonqCharacterizationsDto {
    requireSimulator(backend);
    return { characterizations: [] };
  }

  private simulator(): IonqBackendDto {
    return {
      backend: IONQ_BACKEND,
      status: 'available',
      qubits: this.config.simulation.qubitsMax,
      average_queue_time: 0,
      supported_gates: [...IONQ_GATES.qis.keys()],
      supported_native_gates: [...IONQ_GATES.native.keys()],
      supported_error_mitigations: [],
    };
  }
}

function requireSimulator(backend: string): void {
  if (backend !== IONQ_BACKEND) throw new Fault(REQUEST_FAULTS['not-found']);
}
