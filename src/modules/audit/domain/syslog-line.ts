import type { JsonObject } from '#pure/canonical-json/json-value.js';
import type { Severity } from './finding.js';

export interface SyslogEvent {
  readonly severity: Severity;
  readonly at: Date;
  /** Of this server, as others know it. */
  readonly hostname: string;
  /** What happened, e.g. `alert.raise`. */
  readonly messageId: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly message: JsonObject;
}

/** RFC 5424 table 1: 13, «log audit». */
const FACILITY = 13;
/** Table 2: 2 critical, 3 error, 4 warning, 5 notice, 6 informational. */
const SEVERITY_CODES: Readonly<Record<Severity, number>> = { critical: 2, high: 3, medium: 4, low: 5, informational: 6 };
/** The enterprise number of RFC 5612, for whoever has not registered one: §7.2.2 wants some number behind the @. */
const STRUCTURED_DATA_ID = 'alert@32473';
const BYTE_ORDER_MARK = '\ufeff';

/**
 * A message of RFC 5424, counted in octets (RFC 6587 §3.4.1), so that where it ends does not hang on what is in it.
 * All that others have chosen is escaped besides: a receiver that splits at line breaks is not fooled either.
 */
export function syslogFrame(event: SyslogEvent): Buffer {
  const line = Buffer.from(syslogLine(event), 'utf8');
  return Buffer.concat([Buffer.from(`${line.length} `, 'ascii'), line]);
}

export function syslogLine({ severity, at, hostname, messageId, parameters, message }: SyslogEvent): string {
  const priority = FACILITY * 8 + SEVERITY_CODES[severity];
  const header = `<${priority}>1 ${at.toISOString()} ${token(hostname, 255)} quantonium - ${token(messageId, 32)}`;
  const structured = Object.entries(parameters).map(([name, value]) => ` ${token(name, 32)}="${parameterValue(value)}"`);
  return `${header} [${STRUCTURED_DATA_ID}${structured.join('')}] ${BYTE_ORDER_MARK}${escaped(JSON.stringify(message))}`;
}

/** Printable ASCII without what ends a name (§6.2.4, §6.3.3); `-` where nothing is left. */
function token(text: string, lengthMax: number): string {
  return text.replaceAll(/[^\x21-\x7e]|[="\]]/g, '').slice(0, lengthMax) || '-';
}

/** §6.3.3: backslash, quote and bracket are escaped; a control character has no way to be written, and is a space. */
function parameterValue(text: string): string {
  return text.toWellFormed().replaceAll(/[\p{Cc}\u2028\u2029]/gu, ' ').replaceAll(/[\\"\]]/g, '\\$&');
}

/** JSON escapes what is below U+0020; terminals also obey DEL and the controls above it, and some readers break at these. */
function escaped(json: string): string {
  return json.replaceAll(/[\x7f-\x9f\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
