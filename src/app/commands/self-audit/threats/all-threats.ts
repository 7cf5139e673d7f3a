import type { Threat } from '../threat.js';
import { BOUNDARIES } from './elements.js';
import { REQUEST_THREATS } from './requests.js';
import { STORAGE_THREATS } from './storage.js';
import { SURROUNDING_THREATS } from './surroundings.js';
import { WORK_THREATS } from './work-and-release.js';

const BY_BOUNDARY: Readonly<Record<string, readonly Threat[]>> = { ...REQUEST_THREATS, ...STORAGE_THREATS, ...SURROUNDING_THREATS, ...WORK_THREATS };

export const THREATS: readonly Threat[] = BOUNDARIES.flatMap(({ id }) => BY_BOUNDARY[id] ?? []);

/** What the two founding documents ask for, in their words, and the threats whose answers give it. */
export interface Asked {
  readonly row: string;
  readonly threats: readonly string[];
}

/** The seven rows of the matrix of features. */
export const MATRIX: readonly Asked[] = [
  { row: 'cryptographic integrity: encryption, secure random, signature verification, timing-safe', threats: ['B1-I3', 'B1-T4', 'B3-I1', 'B3-T4', 'B4-T1', 'B11-E2'] },
  { row: 'API hardening: headers, HSTS, CSP, requests a minute, CORS, health exempt', threats: ['B1-I2', 'B1-T1', 'B1-T3', 'B1-D1', 'B10-D1'] },
  { row: 'audit and monitoring: logging, trails, suspicious activity, alerts', threats: ['B1-R1', 'B1-R2', 'B3-T1', 'B6-R1', 'B7-R1'] },
  { row: 'container registry: storage, access, tamper detection, lifecycle', threats: ['B4-S2', 'B4-T1', 'B4-T2', 'B4-D2', 'B4-E1'] },
  { row: 'authentication: users, sessions, credentials, second factors', threats: ['B1-S1', 'B1-S2', 'B1-S3', 'B1-E2', 'B2-D2'] },
  { row: 'access control: roles, permissions, privilege separation, secure object access', threats: ['B2-T1', 'B2-I1', 'B2-E1', 'B2-E4', 'B3-E1'] },
  { row: 'runtime protection: memory safety, hardened environment, integrity, secure boot', threats: ['B8-D1', 'B9-T2', 'B9-I1', 'B9-E1', 'B11-T1'] },
];

/** The rows of the threat model, with the letter where a row is of one. */
export const MODEL: readonly (Asked & { readonly letter: 'S' | 'T' | 'R' | 'I' | 'D' | 'E' | null })[] = [
  { row: 'spoofing: JWT everywhere, strict kid, rotation, secret manager', letter: 'S', threats: ['B1-S2', 'B1-S3', 'B6-S1', 'B3-S2'] },
  { row: 'tampering: TLS, HMAC tag of waveforms, strict validation, immutability', letter: 'T', threats: ['B1-T1', 'B1-T4', 'B1-T3', 'B3-T2', 'B4-T2'] },
  { row: 'repudiation: audit log, immutable ledger', letter: 'R', threats: ['B1-R1', 'B3-R1', 'B7-R1'] },
  { row: 'information disclosure: least exposure, secrets, file permissions, seccomp', letter: 'I', threats: ['B1-I1', 'B1-I4', 'B3-I1', 'B9-I1', 'B9-I2'] },
  { row: 'denial of service: rate limits, simulation guarded, worker pool, Redis command security', letter: 'D', threats: ['B1-D1', 'B8-D1', 'B8-D2', 'B5-D2'] },
  { row: 'elevation of privilege: separated concerns, scoped JWTs, non-root container', letter: 'E', threats: ['B3-E1', 'B1-E2', 'B9-E1', 'B5-E1'] },
  { row: 'insiders: review, CI scans, restricted secrets', letter: null, threats: ['B2-R1', 'B2-E4', 'B11-R2', 'B11-I1', 'B11-E1'] },
  { row: 'next steps: incident response plan, regular audits', letter: null, threats: ['B6-R1', 'B7-R1', 'B9-D1'] },
];
