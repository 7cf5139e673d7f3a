import { Global, Module } from '@nestjs/common';
import { ThreadRoster } from '../threads/thread-roster.js';
import { Clock, SystemClock } from './clock.js';
import { Drivers } from './drivers.js';
import { Randomness, SystemRandomness } from './randomness.js';

/** Gives the real clock and the system's generator to whoever asks for the ports; and what a process has one of. */
@Global()
@Module({
  providers: [
    { provide: Clock, useClass: SystemClock },
    { provide: Randomness, useClass: SystemRandomness },
    Drivers,
    ThreadRoster,
  ],
  exports: [Clock, Randomness, Drivers, ThreadRoster],
})
export class SystemModule {}
