import type { Finding } from './check.js';
import { isCheck, KINDS, type Kind, type Requirement } from './requirement.js';
import { CHAPTERS, REQUIREMENTS } from './requirements/all-requirements.js';
import { type Risk, RISKS } from './risks.js';
import { testOf, type Threat } from './threat.js';
import { THREATS } from './threats/all-threats.js';

/** What is said of a requirement once a server was looked at: a failed check counts more than what the table says. */
export type Outcome = Kind | 'failed';

export interface Judged {
  readonly id: string;
  readonly outcome: Outcome;
  /** Names of checks that failed, and of those that could not be carried out. */
  readonly failed: readonly string[];
  readonly unlooked: readonly string[];
}

export type Judgement = ReadonlyMap<string, Judged>;

export interface Report {
  readonly url: string;
  readonly requests: number;
  readonly findings: readonly Finding[];
  readonly requirements: Judgement;
  readonly risks: Judgement;
  readonly threats: Judgement;
}

const LEVELS = [1, 2, 3] as const;

export function judge(url: string, requests: number, findings: readonly Finding[]): Report {
  const results = new Map(findings.map((finding) => [finding.name, finding.result]));
  const of = (id: string, evidence: readonly string[], otherwise: Kind): readonly [string, Judged] => {
    const named = (result: Finding['result']): string[] => evidence.filter((name) => isCheck(name) && results.get(name) === result);
    const failed = named('failed');
    return [id, { id, outcome: failed.length > 0 ? 'failed' : otherwise, failed, unlooked: named('not-looked-at') }];
  };
  return {
    url,
    requests,
    findings,
    requirements: new Map(REQUIREMENTS.map(({ id, evidence, by }) => of(id, evidence, by))),
    risks: new Map(RISKS.map(({ id, evidence }) => of(id, evidence, 'test'))),
    threats: new Map(THREATS.map(({ id, evidence }) => of(id, evidence, 'test'))),
  };
}

export const hasFailed = ({ findings }: Report): boolean => findings.some(({ result }) => result === 'failed');

/** For a terminal: what was looked at, totals, and every requirement that is not met, or with `all` every one. */
export function reportInWords(report: Report, all: boolean): string {
  const { url, requests, findings } = report;
  const count = (result: Finding['result']): number => findings.filter((finding) => finding.result === result).length;
  const shown = (requirement: Requirement): boolean => all || ['failed', 'open'].includes(report.requirements.get(requirement.id)!.outcome);
  return [
    `${url}, looked at by ${findings.length} checks in ${requests} requests: ${count('passed')} passed, ${count('failed')} failed, ${count('not-looked-at')} could not be looked at.`,
    '',
    ...findings.filter(({ result }) => result === 'failed').map(({ name, about, detail }) => `  FAILED ${name} (${about}): ${detail}`),
    ...findings.filter(({ result }) => result === 'not-looked-at').map(({ name, detail }) => `  not looked at: ${name}, ${detail}`),
    '',
    'OWASP ASVS 5.0.0, requirements by level',
    ...totals(report.requirements),
    '',
    ...CHAPTERS.flatMap(({ id, about, requirements }) => {
      const lines = requirements.filter(shown).map((requirement) => `  ${lineOf(requirement, report.requirements.get(requirement.id)!)}`);
      return lines.length === 0 ? [] : [`${id} ${about}`, ...lines, ''];
    }),
    'OWASP API Security Top 10, 2023',
    ...RISKS.map((risk) => `  ${riskInWords(risk, report.risks.get(risk.id)!)}`),
    '',
    `Threat model, ${THREATS.length} threats, each with its tests`,
    ...THREATS.filter(({ id, left }) => report.threats.get(id)!.outcome === 'failed' || all || left !== null).map((threat) => `  ${threatInWords(threat, report.threats.get(threat.id)!)}`),
    '',
  ].join('\n');
}

function totals(judgement: Judgement): readonly string[] {
  const levelOf = new Map(REQUIREMENTS.map(({ id, level }) => [id, level]));
  const row = (title: string, cells: readonly (string | number)[]): string => `  ${title.padEnd(18)}${cells.map((cell) => String(cell).padStart(6)).join('')}`;
  const outcomes: readonly (readonly [Outcome, string])[] = [['failed', 'FAILED'], ...(Object.entries(KINDS) as [Kind, string][])];
  const counts = outcomes.map(([outcome, title]) => [title, LEVELS.map((level) => [...judgement.values()].filter((judged) => judged.outcome === outcome && levelOf.get(judged.id) === level).length)] as const);
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  return [row('', ['1', '2', '3', 'all']), ...counts.map(([title, numbers]) => row(title, [...numbers, sum(numbers)]))];
}

function lineOf({ id, level, about, by, evidence, why }: Requirement, { outcome, failed, unlooked }: Judged): string {
  const start = `${id} (level ${level}) ${about}: `;
  if (outcome === 'failed') return `${start}FAILED, ${failed.join(', ')}`;
  return `${start}${[KINDS[by], ...(why === null ? [] : [why]), ...(evidence.length === 0 ? [] : [evidence.join(', ')]), ...unlookedIn(unlooked)].join('; ')}`;
}

function riskInWords({ id, about, evidence, left }: Risk, { outcome, failed, unlooked }: Judged): string {
  const start = `${id} ${about}: `;
  if (outcome === 'failed') return `${start}FAILED, ${failed.join(', ')}`;
  return `${start}${[`verified by ${evidence.length} checks and specifications`, ...(left === null ? [] : [`but ${left}`]), ...unlookedIn(unlooked)].join('; ')}`;
}

function threatInWords({ id, attacker, about, evidence, left }: Threat, { outcome, failed, unlooked }: Judged): string {
  const start = `${id} ${attacker} ${about}: `;
  if (outcome === 'failed') return `${start}FAILED, ${failed.join(', ')}`;
  return `${start}${[`held by ${evidence.filter((each) => testOf(each) !== null).length} tests`, ...(left === null ? [] : [`left: ${left}`]), ...unlookedIn(unlooked)].join('; ')}`;
}

const unlookedIn = (unlooked: readonly string[]): readonly string[] => (unlooked.length === 0 ? [] : [`here not looked at by ${unlooked.join(', ')}`]);

/** For programs. */
export function reportAsJson({ url, requests, findings, requirements, risks, threats }: Report): string {
  const rows = REQUIREMENTS.map(({ id, level, about, by, evidence, why }) => ({ id, level, about, by, evidence, why, ...judgedOf(requirements.get(id)!) }));
  return `${JSON.stringify({ url, requests, findings, requirements: rows, risks: RISKS.map((risk) => ({ ...risk, ...judgedOf(risks.get(risk.id)!) })), threats: THREATS.map((threat) => ({ ...threat, ...judgedOf(threats.get(threat.id)!) })) }, null, 2)}\n`;
}

const judgedOf = ({ outcome, failed, unlooked }: Judged): object => ({ outcome, failed, notLookedAt: unlooked });
