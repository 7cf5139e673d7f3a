import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SigmaError } from '#pure/sigma/sigma-error.js';
import { rulesOfYaml, SOURCE_BYTES_MAX, type SourcedRule } from './rule-source.js';

/** A rule in a directory cannot be used. What an operator mends: the sentence names the file and the place in it. */
export class RuleFileError extends Error {
  override readonly name = 'RuleFileError';
}

/** The rules that ship, as files that people read and copy: they stand beside the sources, in a checkout and in an image. */
export const SHIPPED_RULES_DIRECTORY = join(import.meta.dirname, '../../../../../src/modules/audit/detection/rules');

/** What stands where a mistake would be: more is not read. */
const FILES_MAX = 500;

export interface FiledRule extends SourcedRule {
  /** Name of the file, without its directory. */
  readonly file: string;
}

/** Of every `*.yml` and `*.yaml` of a directory, in the order of their names. A directory that is not there has none. */
export function rulesOfDirectory(directory: string): FiledRule[] {
  const names = namesIn(directory).filter((name) => /\.ya?ml$/.test(name)).sort();
  if (names.length > FILES_MAX) throw new RuleFileError(`${directory}: more than ${FILES_MAX} rule files`);
  return names.flatMap((file) => rulesOfFile(directory, file));
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new RuleFileError(`the rules directory ${directory} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`);
  }
}

function rulesOfFile(directory: string, file: string): FiledRule[] {
  const path = join(directory, file);
  try {
    return rulesOfYaml(textOf(path)).map((rule) => ({ ...rule, file }));
  } catch (error) {
    if (!(error instanceof SigmaError)) throw error;
    throw new RuleFileError(`the detection rule ${path} is refused: ${error.message}`, { cause: error });
  }
}

function textOf(path: string): string {
  try {
    const { size } = statSync(path);
    if (size > SOURCE_BYTES_MAX) throw new SigmaError('rule', `longer than ${SOURCE_BYTES_MAX} bytes`);
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (error instanceof SigmaError) throw error;
    throw new SigmaError('rule', error instanceof TypeError ? 'is not UTF-8' : `cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`);
  }
}
