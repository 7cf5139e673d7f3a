import { type Document, parseAllDocuments, type YAMLError } from 'yaml';
import type { Effort } from '#pure/sigma/effort.js';
import { parseRule, type SigmaRule } from '#pure/sigma/rule.js';
import { SigmaError } from '#pure/sigma/sigma-error.js';

/** A file holds a rule and its parts; more than this is no rule any more. */
export const SOURCE_BYTES_MAX = 64 * 1024;
const DOCUMENTS_MAX = 20;
/** Anchors are a convenience; a few that refer to one another are enough to fill the memory of any machine. */
const ALIASES_MAX = 50;

/** A rule, and how its author wrote it. */
export interface SourcedRule {
  readonly rule: SigmaRule;
  /** As parsed: plain data. */
  readonly source: unknown;
}

/** The rules of a YAML text, one a document. Throws SigmaError whose place says which document, where there are several. `effort`: what they share. */
export function rulesOfYaml(text: string, effort?: Effort): SourcedRule[] {
  if (Buffer.byteLength(text, 'utf8') > SOURCE_BYTES_MAX) throw new SigmaError('rule', `longer than ${SOURCE_BYTES_MAX} bytes`);
  const documents = parseAllDocuments(text, { uniqueKeys: true, maxAliasCount: ALIASES_MAX, prettyErrors: false, logLevel: 'silent' } as Parameters<typeof parseAllDocuments>[1]);
  const list = Array.isArray(documents) ? (documents as readonly Document[]) : [];
  const written = list.filter((document) => document.contents !== null || document.errors.length > 0);
  if (written.length === 0) throw new SigmaError('rule', 'is empty');
  if (written.length > DOCUMENTS_MAX) throw new SigmaError('rule', `more than ${DOCUMENTS_MAX} documents`);
  return written.map((document, at) => inDocument(written.length === 1 ? null : at + 1, () => ruleOf(document, text, effort)));
}

/** The same of a rule, or of several, that came as JSON. */
export function rulesOfValues(values: readonly unknown[], effort?: Effort): SourcedRule[] {
  return values.map((source, at) => inDocument(values.length === 1 ? null : at + 1, () => ({ rule: parseRule(source, effort), source })));
}

function ruleOf(document: Document, text: string, effort: Effort | undefined): SourcedRule {
  const [error] = document.errors;
  if (error !== undefined) throw new SigmaError(`line ${lineOf(error, text)}`, 'is not YAML');
  const source: unknown = plain(document);
  return { rule: parseRule(source, effort), source };
}

function plain(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch {
    throw new SigmaError('rule', 'refers to itself, or to too much');
  }
}

function lineOf({ pos: [at] }: YAMLError, text: string): number {
  return text.slice(0, at).split('\n').length;
}

function inDocument<T>(number: number | null, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (number === null || !(error instanceof SigmaError)) throw error;
    throw new SigmaError(`document ${number}: ${error.place}`, error.problem);
  }
}
