import { Module } from '@nestjs/common';
import { DrawingsController } from './drawings.controller.js';
import { EstimateController } from './estimate.controller.js';
import { SimulationModule } from '../simulation.module.js';
import { SimulationsController } from './simulations.controller.js';

@Module({ imports: [SimulationModule], controllers: [DrawingsController, EstimateController, SimulationsController] })
export class SimulationHttpModule {}
