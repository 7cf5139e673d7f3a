import { KEY_PURPOSES, type KeyPurpose, type PublicKeyVersion } from './key-version.js';

/**
 * How long the next version is published before it signs. Longer than anybody keeps the published keys (jwks.json: five
 * minutes), so that no verifier meets a signature by a key that it has not heard of.
 */
export const PUBLICATION_MILLIS = 3_600_000;

export type DueChange = { readonly change: 'announce' } | { readonly change: 'rotate' | 'retire'; readonly keyId: string };

type Version = Pick<PublicKeyVersion, 'id' | 'state' | 'stateSince'>;

/**
 * What is to be done with a purpose's versions now, one thing at a time; null when nothing is.
 *
 * A version signs for the period. The next one is announced so long before its end that it is published in time, and
 * signs then. One that was replaced is retired when nothing rests on it, and not at all where something always does.
 * Without a period (null) nothing is announced or rotated; what was replaced by hand still retires.
 */
export function dueChange(purpose: KeyPurpose, versions: readonly Version[], periodMillis: number | null, nowMillis: number): DueChange | null {
  const { succession } = KEY_PURPOSES[purpose];
  if (succession.kind === 'identity') return null;
  const since = ({ stateSince }: Version): number => nowMillis - stateSince.getTime();
  const inState = (state: Version['state']): Version | undefined => versions.find((version) => version.state === state);
  const spent = succession.kind === 'retires' ? versions.find((version) => version.state === 'retiring' && since(version) >= succession.afterSeconds * 1000) : undefined;
  if (spent !== undefined) return { change: 'retire', keyId: spent.id };
  if (periodMillis === null) return null;
  const [next, active] = [inState('next'), inState('active')];
  if (next !== undefined) return since(next) >= PUBLICATION_MILLIS ? { change: 'rotate', keyId: next.id } : null;
  return active !== undefined && since(active) >= periodMillis - PUBLICATION_MILLIS ? { change: 'announce' } : null;
}
