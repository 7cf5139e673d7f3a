import { isJsonObject, type JsonObject, type JsonValue } from '#pure/canonical-json/json-value.js';
import { parseStrictJson, STRICT_JSON_LIMITS } from '#pure/canonical-json/strict-parse.js';
import { SEVERITIES, type Severity } from './registry-policy.js';

/** SARIF 2.1.0, which Trivy, Grype, Snyk and CodeQL write. */
export const SCAN_REPORT_TYPE = 'application/sarif+json';

/** A report of a large image has some thousand findings of a few hundred bytes. */
export const SCAN_REPORT_BYTES_MAX = 4 * 1024 * 1024;

/** SARIF §3.27.10: what a level means where the scanner gives no number. */
const LEVELS: Readonly<Record<string, Severity>> = { none: 'none', note: 'low', warning: 'medium', error: 'high' };

/** CVSS 3.1 §5, which the property `security-severity` is a score of. */
const scored = (score: number): Severity => (score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'medium' : score > 0 ? 'low' : 'none');

export function isAtMost(severity: Severity, most: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(most);
}

/** The worst finding of a report; null for what is none that can be read, which satisfies no demand. */
export function worstFinding(bytes: Uint8Array): Severity | null {
  const parsed = parseStrictJson(bytes, { ...STRICT_JSON_LIMITS, membersMax: 1_000_000, nameLengthMax: 4_096, largeIntegers: 'refused' });
  if (!parsed.ok || !isJsonObject(parsed.value) || parsed.value.version !== '2.1.0' || !Array.isArray(parsed.value.runs)) return null;
  const runs = (parsed.value.runs as readonly JsonValue[]).filter(isJsonObject);
  if (runs.length === 0) return null;
  const found = runs.flatMap((run) => {
    const rules = rulesOf(run);
    return listOf(run.results).map((result) => severityOf(result, rules));
  });
  return found.reduce<Severity>((worst, next) => (isAtMost(next, worst) ? worst : next), 'none');
}

function rulesOf(run: JsonObject): ReadonlyMap<string, JsonObject> {
  const driver = isJsonObject(run.tool) && isJsonObject(run.tool.driver) ? run.tool.driver : {};
  return new Map(listOf(driver.rules).flatMap((rule) => (typeof rule.id === 'string' ? [[rule.id, rule] as const] : [])));
}

/** A finding's own number, else its rule's, else its level; SARIF §3.27.10 makes a level that is not said `warning`. */
function severityOf(result: JsonObject, rules: ReadonlyMap<string, JsonObject>): Severity {
  const rule = typeof result.ruleId === 'string' ? rules.get(result.ruleId) : undefined;
  for (const holder of [result, rule]) {
    const score = isJsonObject(holder?.properties) ? Number(holder.properties['security-severity'] ?? Number.NaN) : Number.NaN;
    if (Number.isFinite(score)) return scored(score);
  }
  const configured = isJsonObject(rule?.defaultConfiguration) ? rule.defaultConfiguration.level : undefined;
  const level = result.level ?? configured ?? 'warning';
  // What is not a level that we know is not taken to be harmless.
  return typeof level === 'string' && Object.hasOwn(LEVELS, level) ? LEVELS[level]! : 'critical';
}

function listOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : [];
}
