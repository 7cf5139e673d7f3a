import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';

/** HMAC-SHA-256 of a waveform's encoding under one version of a key. */
export interface WaveformTag {
  /** Of the key, from 1. */
  readonly version: number;
  readonly mac: Buffer;
}

export const MAC_BYTES = 32;

const TAG = /^qwh:v([1-9][0-9]{0,8}):([A-Za-z0-9+/]{43}=)$/;

export function formatTag({ version, mac }: WaveformTag): string {
  if (!Number.isSafeInteger(version) || version < 1 || version > 999_999_999 || mac.length !== MAC_BYTES) throw new RangeError('no tag of a waveform');
  return `qwh:v${version}:${mac.toString('base64')}`;
}

/** Null for every other spelling, one with unused bits of the base64 set included. */
export function parseTag(text: string): WaveformTag | null {
  const match = TAG.exec(text);
  if (match === null) return null;
  const tag = { version: Number(match[1]), mac: Buffer.from(match[2]!, 'base64') };
  return formatTag(tag) === text ? tag : null;
}

export function macOf(encoded: Uint8Array, key: KeyObject): Buffer {
  return createHmac('sha256', key).update(encoded).digest();
}

/** In a time that says nothing about where the two differ. */
export function isSameMac(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === MAC_BYTES && other.length === MAC_BYTES && timingSafeEqual(one, other);
}
