import { Module } from '@nestjs/common';
import { AuthModule } from '#modules/auth/index.js';
import { DrawingsController } from './drawings.controller.js';
import { EstimateController } from './estimate.controller.js';
import { EventsController } from './events.controller.js';
import { SimulationModule } from '../simulation.module.js';
import { StateVectorController } from './statevector.controller.js';
import { SimulationsController } from './simulations.controller.js';

@Module({ imports: [AuthModule, SimulationModule], controllers: [DrawingsController, EstimateController, EventsController, SimulationsController, StateVectorController] })
export class SimulationHttpModule {}
