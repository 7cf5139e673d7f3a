/** Why a text or some bytes are not what a C2SP format says. One code for each format, stable. */
export type LogFormatErrorCode =
  | 'note-malformed'
  | 'vkey-malformed'
  | 'vkey-unsupported'
  | 'checkpoint-malformed'
  | 'signature-malformed'
  | 'proof-malformed'
  | 'entry-bundle-malformed';

export class LogFormatError extends Error {
  override readonly name = 'LogFormatError';

  constructor(
    readonly code: LogFormatErrorCode,
    /** What was expected, in words. */
    message: string,
  ) {
    super(message);
  }
}
