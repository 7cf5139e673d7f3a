/** What `docker/` says of the image, for the specs that hold other files of it against it. */
export interface SeccompRule {
  readonly comment?: string;
  readonly names: readonly string[];
  readonly action: 'SCMP_ACT_ALLOW' | 'SCMP_ACT_ERRNO';
  readonly errnoRet?: number;
  readonly args?: readonly { readonly index: number; readonly value: number; readonly valueTwo?: number; readonly op: string }[];
  readonly includes?: { readonly arches: readonly string[] };
}

export interface SeccompProfile {
  readonly defaultAction: string;
  readonly defaultErrnoRet: number;
  readonly syscalls: readonly SeccompRule[];
}

export const profileOf = (text: string): SeccompProfile => JSON.parse(text) as SeccompProfile;

/** What Node is started with, before the name of the program. */
export function entrypointOf(dockerfile: string): readonly string[] {
  return JSON.parse(/^ENTRYPOINT (\[[^\]]*\])/m.exec(dockerfile)![1]!.replaceAll('\\\n', '')) as string[];
}

/** What is run where nobody says otherwise. */
export function programOf(dockerfile: string): readonly string[] {
  return JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)![1]!) as string[];
}

/** What the image sets, in its only ENV. */
export function environmentIn(dockerfile: string): Readonly<Record<string, string>> {
  const words = /^ENV ((?:[^\\\n]|\\\n)*)/m.exec(dockerfile)![1]!.replaceAll('\\\n', '').trim().split(/\s+/);
  return Object.fromEntries(words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]));
}

/** What tells whether it lives. */
export function healthcheckOf(dockerfile: string): readonly string[] {
  return JSON.parse(/^HEALTHCHECK .* CMD (\[.*\])$/m.exec(dockerfile)![1]!) as string[];
}
