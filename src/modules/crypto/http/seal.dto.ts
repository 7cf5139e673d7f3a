import { ApiProperty } from '@nestjs/swagger';
import type { SealStatus } from '../seals/seal.js';

/**
 * What Vault's clients read about its seal, by the names that they know. Strangers ask: there is no version, no host
 * and no date of ours in it, and where clients need such a member it says nothing.
 */
const NO_VERSION = '0.0.0';

export class SealStatusDto {
  @ApiProperty({ example: 'shamir', description: 'Where the key comes from: key-file, passphrase, shamir, transit.' }) type!: string;
  @ApiProperty({ example: true }) initialized!: boolean;
  @ApiProperty({ example: true }) sealed!: boolean;
  @ApiProperty({ example: 3, description: 'Shares that open it; 0 for a seal without shares.' }) t!: number;
  @ApiProperty({ example: 5, description: 'Shares that there are.' }) n!: number;
  @ApiProperty({ example: 1, description: 'Shares that were given to this process.' }) progress!: number;
  @ApiProperty({ example: '01920c1e-7d9c-7c8f-8a52-0b1c2d3e4f50', description: 'Names the attempt that is under way; empty without one.' }) nonce!: string;
  @ApiProperty({ example: NO_VERSION, description: 'Always this.' }) version!: string;
  @ApiProperty({ example: '', description: 'Always empty.' }) build_date!: string;
  @ApiProperty({ example: false }) migration!: boolean;
  @ApiProperty({ example: '', description: 'Always empty.' }) cluster_name!: string;
  @ApiProperty({ example: '', description: 'Always empty.' }) cluster_id!: string;
  @ApiProperty({ example: false }) recovery_seal!: boolean;
  @ApiProperty({ example: 'postgresql' }) storage_type!: string;
}

export class SealHealthDto {
  @ApiProperty({ example: true }) initialized!: boolean;
  @ApiProperty({ example: false }) sealed!: boolean;
  @ApiProperty({ example: false, description: 'Every replica serves.' }) standby!: boolean;
  @ApiProperty({ example: false }) performance_standby!: boolean;
  @ApiProperty({ example: 'disabled' }) replication_performance_mode!: string;
  @ApiProperty({ example: 'disabled' }) replication_dr_mode!: string;
  @ApiProperty({ example: 1_767_225_600, description: 'Seconds since 1970.' }) server_time_utc!: number;
  @ApiProperty({ example: NO_VERSION, description: 'Always this.' }) version!: string;
  @ApiProperty({ example: false }) enterprise!: boolean;
  @ApiProperty({ example: '', description: 'Always empty.' }) cluster_name!: string;
  @ApiProperty({ example: '', description: 'Always empty.' }) cluster_id!: string;
}

export class InitialisedDto {
  @ApiProperty({ example: true, description: 'Whether the database is under a seal.' }) initialized!: boolean;
}

export function statusDto({ type, isInitialised, isSealed, threshold, shares, progress, nonce }: SealStatus): SealStatusDto {
  return { type, initialized: isInitialised, sealed: isSealed, t: threshold, n: shares, progress, nonce, version: NO_VERSION, build_date: '', migration: false, cluster_name: '', cluster_id: '', recovery_seal: false, storage_type: 'postgresql' };
}

export function healthDto({ isInitialised, isSealed }: SealStatus, nowMillis: number): SealHealthDto {
  return {
    initialized: isInitialised,
    sealed: isSealed,
    standby: false,
    performance_standby: false,
    replication_performance_mode: 'disabled',
    replication_dr_mode: 'disabled',
    server_time_utc: Math.floor(nowMillis / 1000),
    version: NO_VERSION,
    enterprise: false,
    cluster_name: '',
    cluster_id: '',
  };
}

/** Vault's own status codes of `sys/health`, and the names by which a load balancer asks for others. */
const HEALTH_CODES = { active: { code: 200, query: 'activecode' }, uninitialised: { code: 501, query: 'uninitcode' }, sealed: { code: 503, query: 'sealedcode' } } as const;
/** A final status; what is no number in this range is passed over, as its clients expect. */
const STATUS = /^[2-5]\d\d$/;

export function healthStatus({ isInitialised, isSealed }: SealStatus, query: Readonly<Record<string, unknown>>): number {
  const { code, query: name } = HEALTH_CODES[!isInitialised ? 'uninitialised' : isSealed ? 'sealed' : 'active'];
  const wanted = query[name];
  return typeof wanted === 'string' && STATUS.test(wanted) ? Number(wanted) : code;
}
