import { ApiProperty } from '@nestjs/swagger';
import type { SignalFeatures } from '#pure/waveform/signal-features.js';
import { CONTEXT_BYTES_MAX, ELEMENTS_MAX, RANK_MAX } from '#pure/waveform/waveform.js';
import { WAVEFORM_MEMBERS, type WaveformOperation } from '../waveforms/waveform-request.js';

const TAG = 'qwh:v1:ExMrA+DnGHzXIJrp2GV3xWYCCaVN7UDvHOAvwHGeqag=';

const WAVEFORM = {
  kind: { type: 'string', enum: ['real', 'complex'], example: 'real', description: 'complex: real and imaginary part in turn.' },
  dims: { type: 'array', items: { type: 'integer', minimum: 1, maximum: ELEMENTS_MAX, example: 4 }, minItems: 1, maxItems: RANK_MAX, example: [4], description: `The last one varies fastest. At most ${ELEMENTS_MAX} elements in all.` },
  samples: { type: 'array', items: { type: 'number', format: 'double', example: 0.5 }, minItems: 1, maxItems: 2 * ELEMENTS_MAX, example: [0.1, 0.5, 0.9, 0.5], description: 'As many as the product of dims, of complex waveforms twice that. Taken bit for bit; of -0 the sign is dropped.' },
  context: { type: 'string', example: 'tenant-a/container-7', description: `What the tag or digest is bound to besides; at most ${CONTEXT_BYTES_MAX} bytes of UTF-8, in NFC. Takes no part in an analysis.` },
} as const;

const TEXTS = {
  key: { type: 'string', example: 'waveforms', description: 'A key of the project, of type hmac.' },
  tag: { type: 'string', example: TAG },
  project: { type: 'string', example: 'default', description: "Slug or id of the key's project." },
} as const;

/** The body of an operation, for the OpenAPI document. */
export function waveformSchema(operation: WaveformOperation): { type: 'object'; properties: Record<string, object>; required: string[]; additionalProperties: false } {
  const { required, optional } = WAVEFORM_MEMBERS[operation];
  const texts = Object.fromEntries([...required, ...optional].map((name) => [name, TEXTS[name]]));
  return { type: 'object', properties: { ...WAVEFORM, ...texts }, required: ['kind', 'dims', 'samples', ...required], additionalProperties: false };
}

export class WaveformTagDto {
  @ApiProperty({ example: TAG, description: 'QWH-1: the version of the key, and HMAC-SHA-256 of the encoded waveform.' }) tag!: string;
  @ApiProperty({ example: 1, description: 'Of the key.' }) version!: number;
}

export class WaveformVerdictDto {
  @ApiProperty({ example: true, description: 'False for whatever is not exactly the tag of exactly this waveform by this key; never why.' }) valid!: boolean;
}

export class WaveformDigestDto {
  @ApiProperty({ example: 'sha256:2990d3047386381cb0a78b958dd5d94ac1b96b9f7e011526a429c853da524513', description: 'SHA-256 of the encoded waveform: names it, and proves nothing about where it is from.' }) digest!: string;
}

class MeanDto {
  @ApiProperty({ example: 0.5 }) re!: number;
  @ApiProperty({ example: 0 }) im!: number;
}

class DominantBinDto {
  @ApiProperty({ type: [Number], example: [1], description: 'Index of the bin along each axis.' }) bin!: number[];
  @ApiProperty({ type: [Number], example: [0.25], description: 'Cycles a sample along each axis, above -0.5 and at most 0.5.' }) frequency!: number[];
  @ApiProperty({ example: 0.2, description: 'Modulus of the bin, divided by the number of elements.' }) amplitude!: number;
  @ApiProperty({ example: 3.141592653589793, description: 'Above -π and at most π.' }) phaseRadians!: number;
}

export class SignalFeaturesDto {
  @ApiProperty({ enum: [false], example: false, description: 'Many waveforms have the same features, and anybody can make another one that has: to know a waveform again, use its tag.' }) isSecurityFunction!: false;
  @ApiProperty({ example: 4 }) elements!: number;
  @ApiProperty({ type: MeanDto }) mean!: MeanDto;
  @ApiProperty({ example: 0.5744562646538028, description: 'Root of the mean square of the moduli.' }) rms!: number;
  @ApiProperty({ example: 0.9, description: 'The largest modulus.' }) peak!: number;
  @ApiProperty({ type: DominantBinDto, nullable: true, example: { bin: [1], frequency: [0.25], amplitude: 0.2, phaseRadians: 3.141592653589793 }, description: 'The largest bin of the discrete Fourier transform but the zeroth, which is the mean; null where nothing else is there.' }) dominant!: DominantBinDto | null;
}

export function signalFeaturesDto({ elements, mean, rms, peak, dominant }: SignalFeatures): SignalFeaturesDto {
  const { bin = [], frequency = [], amplitude = 0, phase = 0 } = dominant ?? {};
  return { isSecurityFunction: false, elements, mean, rms, peak, dominant: dominant === null ? null : { bin: [...bin], frequency: [...frequency], amplitude, phaseRadians: phase } };
}
