import { Injectable } from '@nestjs/common';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { formatTag, isSameMac, parseTag } from '#pure/waveform/waveform-tag.js';
import type { TransitKey } from '../domain/transit-key.js';
import { KeyDirectory } from '../transit/key-directory.js';
import { UsageCounter } from '../transit/usage-counter.js';
import { WaveformThreads } from './waveform-threads.js';

/** Tags of encoded waveforms, under named keys of type `hmac`. Who may use which key is decided at the door. */
@Injectable()
export class WaveformTags {
  constructor(
    private readonly keys: KeyDirectory,
    private readonly threads: WaveformThreads,
    private readonly usage: UsageCounter,
  ) {}

  /** Faults, at `/key`: not-found, conflict for one that is out of use, invalid-request for one of another type. */
  async key(principal: Principal, projectId: string, name: string): Promise<TransitKey> {
    const key = await this.keys.find(principal, projectId, name);
    if (key === null) throw Fault.at(REQUEST_FAULTS['not-found'], '/key', 'unknown', 'the name of a key of the project');
    if (key.type !== 'hmac') throw Fault.at(REQUEST_FAULTS['invalid-request'], '/key', 'wrong-type', 'a key of type hmac');
    if (key.softDeleted) throw Fault.at(REQUEST_FAULTS.conflict, '/key', 'out-of-use', 'a key that is in use');
    return key;
  }

  /** By the latest version. The encoding is not the caller's any more. */
  async tag(key: TransitKey, encoding: Uint8Array): Promise<{ readonly tag: string; readonly version: number }> {
    const version = key.latestVersion;
    const tag = formatTag({ version, mac: await this.mac(key, version, encoding) });
    this.usage.count(key.id, 'waveform.tag', new Map([[version, 1]]));
    return { tag, version };
  }

  /**
   * Not valid is a tag that is none, of a version that may not be used, or of something else: no answer says which. With
   * the version that was tried, for the entry; null where none was.
   */
  async verify(key: TransitKey, tag: string, encoding: Uint8Array): Promise<{ readonly valid: boolean; readonly version: number | null }> {
    const parsed = parseTag(tag);
    if (parsed === null || parsed.version < key.minDecryptionVersion || parsed.version > key.latestVersion) return { valid: false, version: null };
    const { version } = parsed;
    const valid = isSameMac(await this.mac(key, version, encoding), parsed.mac);
    this.usage.count(key.id, 'waveform.verify', new Map([[version, 1]]));
    return { valid, version };
  }

  private async mac(key: TransitKey, version: number, bytes: Uint8Array): Promise<Buffer> {
    const { secret } = await this.keys.handle(key, version);
    if (secret === undefined) throw new Error('a key of type hmac without its secret');
    const mac = await this.threads.perform(key.projectId, 'mac', { key: secret, bytes });
    return Buffer.from(mac.buffer, mac.byteOffset, mac.byteLength);
  }
}
