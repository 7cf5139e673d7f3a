import { Module } from '@nestjs/common';
import { SimulationModule } from '../simulation.module.js';
import { SimulationsController } from './simulations.controller.js';

@Module({ imports: [SimulationModule], controllers: [SimulationsController] })
export class SimulationHttpModule {}
