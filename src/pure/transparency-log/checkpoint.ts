import { decodeBase64, encodeBase64 } from '../encoding/base64.js';
import { parseDecimal } from '../encoding/decimal.js';
import { HASH_BYTES } from '../merkle/hashing.js';
import { LogFormatError } from './log-format-error.js';

/** The text of a checkpoint note, c2sp.org/tlog-checkpoint@v1.0.0: which log, how large, with what root. */
export interface Checkpoint {
  /** The log's identity: by our own rule also the name of its keys. */
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Buffer;
  /** Opaque lines. We write none: an ML-DSA-44 cosignature does not cover them. */
  readonly extensions: readonly string[];
}

/** Parses a note's text. Throws LogFormatError. */
export function parseCheckpoint(text: string): Checkpoint {
  if (!text.endsWith('\n')) throw refusal('its text ends in a newline');
  const lines = text.slice(0, -1).split('\n');
  if (lines.includes('')) throw refusal('it has no empty lines');
  const [origin, decimal, encodedRoot, ...extensions] = lines;
  if (origin === undefined || decimal === undefined || encodedRoot === undefined) throw refusal('it has origin, size and root lines');
  const size = parseDecimal(decimal);
  if (size === null) throw refusal('its size is a decimal without leading zeros, at most 2^53 - 1');
  const root = decodeBase64(encodedRoot);
  if (root?.length !== HASH_BYTES) throw refusal('its root is canonical base64 of 32 bytes');
  return { origin, size, root, extensions };
}

/** The text to sign. Throws LogFormatError when it would not be parsed again. */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const lines = [checkpoint.origin, String(checkpoint.size), encodeBase64(checkpoint.root), ...checkpoint.extensions];
  if (lines.some((line) => /[\u0000-\u001f]/.test(line))) throw refusal('its lines have no control characters');
  const text = lines.map((line) => `${line}\n`).join('');
  parseCheckpoint(text);
  return text;
}

function refusal(message: string): LogFormatError {
  return new LogFormatError('checkpoint-malformed', `a checkpoint is malformed: ${message}`);
}
