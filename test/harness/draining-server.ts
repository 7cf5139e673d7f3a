import { Controller, Get, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthBoard, RuntimeStanding } from '#modules/health/index.js';
import { Public, Unaudited } from '#platform/http/annotations.js';
import { Clock, SystemClock } from '#platform/system/clock.js';
import { shutDownOnSignals } from '../../src/app/graceful-shutdown.js';
import { HealthController } from '../../src/modules/health/http/health.controller.js';
import { openHttpApplication } from './http-application.js';

/** A server of its own process, for the spec of the shutdown: prints its port, answers `/slow` after 1.5 s. */
@Controller('slow')
class SlowController {
  @Get()
  @Public('test')
  @Unaudited('test')
  async slow(): Promise<object> {
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    return { done: true };
  }
}

@Module({ imports: [TerminusModule.forRoot({ logger: false })], providers: [{ provide: HealthBoard, useFactory: (clock: Clock) => new HealthBoard(clock), inject: [Clock] }, RuntimeStanding], exports: [HealthBoard, RuntimeStanding, TerminusModule] })
class HealthParts {}

const { app, port } = await openHttpApplication([SlowController, HealthController], {}, undefined, undefined, [HealthParts]);
const board = app.get(HealthBoard);
board.post({ database: true });
board.markServing();
shutDownOnSignals(app, new SystemClock(), {
  markDraining: () => board.markDraining(),
  delayMillis: 500,
  graceMillis: 5_000,
  afterClose: async () => void process.stdout.write('closed\n'),
});
process.stdout.write(`port ${port} pid ${process.pid}\n`);
