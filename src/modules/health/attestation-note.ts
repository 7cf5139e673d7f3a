import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import { Config } from '#platform/config/config.js';
import { Clock } from '#platform/system/clock.js';
import { type AttestationStatement, formatStatement } from '#pure/attestation/statement.js';
import { RELEASE } from '#pure/release/release.js';
import { formatNote } from '#pure/transparency-log/note.js';
import { signNote } from '#pure/transparency-log/note-signature.js';
import { formatVerifierKey, type VerifierKey, verifierKey } from '#pure/transparency-log/verifier-key.js';
import { RuntimeStanding } from './runtime-standing.js';

const PURPOSE = 'attestation';

/** The statements that a process signs about itself, and the keys that they are known by. */
@Injectable()
export class AttestationNote {
  constructor(
    private readonly standing: RuntimeStanding,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** A C2SP signed note. @param nonce of whoever asks; `NONCE` has matched it. */
  async sign(nonce: string): Promise<string> {
    const signer = await this.keyring.signer(PURPOSE);
    const verifier = (await this.keyring.verifier(PURPOSE, signer.keyId))!;
    const key = this.keyOf(verifier.publicKey);
    return formatNote(await signNote(formatStatement(this.statement(nonce)), [{ key, sign: (message) => signer.sign(message) }], 0));
  }

  /** One vkey a line; those of earlier keys too, since statements are kept. */
  async verifierKeys(): Promise<readonly string[]> {
    return (await this.keyring.verifiers(PURPOSE)).map(({ publicKey }) => formatVerifierKey(this.keyOf(publicKey)));
  }

  private keyOf(publicKey: Parameters<typeof verifierKey>[2]): VerifierKey {
    return verifierKey(`${new URL(this.config.http.publicUrl).host}/attestation`, 'ed25519', publicKey);
  }

  private statement(nonce: string): AttestationStatement {
    const { release, hardening, seccompMode, stages, selfTests, recheckedAtMillis } = this.standing;
    const names = Object.keys(hardening);
    return {
      server: this.config.http.publicUrl,
      nonce,
      time: new Date(this.clock.nowMillis()).toISOString(),
      release: release?.digest ?? 'none',
      version: RELEASE.version,
      epoch: release?.epoch ?? 0,
      node: process.versions.node,
      roles: [...this.config.roles],
      flags: flagNames(process.execArgv),
      hardening: names.filter((name) => hardening[name]),
      lacking: names.filter((name) => !hardening[name]),
      seccomp: seccompMode,
      stages: stages.length,
      measurement: stages.at(-1)!.measurement,
      selfTests,
      uptimeSeconds: Math.floor(process.uptime()),
      rechecked: recheckedAtMillis === null ? 'never' : new Date(recheckedAtMillis).toISOString(),
    };
  }
}

/** Without their values, which are paths of the machine. */
function flagNames(words: readonly string[]): readonly string[] {
  return [...new Set(words.filter((word) => word.startsWith('--')).map((word) => word.slice(2).split('=', 1)[0]!))].sort();
}
