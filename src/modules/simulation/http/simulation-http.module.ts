import { Module } from '@nestjs/common';
import { AuthModule } from '#modules/auth/index.js';
import { ArtifactsController } from './artifacts.controller.js';
import { DrawingsController } from './drawings.controller.js';
import { EstimateController } from './estimate.controller.js';
import { EventsController } from './events.controller.js';
import { IonqBackendsController } from './ionq/ionq-backends.controller.js';
import { IonqV03JobsController } from './ionq/ionq-v03-jobs.controller.js';
import { IonqV04JobsController } from './ionq/ionq-v04-jobs.controller.js';
import { SimulationModule } from '../simulation.module.js';
import { StateVectorController } from './statevector.controller.js';
import { SimulationsController } from './simulations.controller.js';

@Module({ imports: [AuthModule, SimulationModule], controllers: [ArtifactsController, DrawingsController, EstimateController, EventsController, SimulationsController, StateVectorController, IonqBackendsController, IonqV03JobsController, IonqV04JobsController] })
export class SimulationHttpModule {}
