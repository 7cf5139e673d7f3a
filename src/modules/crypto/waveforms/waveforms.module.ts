import { Module } from '@nestjs/common';
import { TransitModule } from '../transit/transit.module.js';
import { WaveformTags } from './waveform-tags.js';
import { WaveformThreads } from './waveform-threads.js';

/** Tags, digests and descriptions of waveforms, in processes that serve requests. */
@Module({ imports: [TransitModule], providers: [WaveformTags, WaveformThreads], exports: [WaveformTags, WaveformThreads] })
export class WaveformsModule {}
