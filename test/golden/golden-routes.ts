import { readFileSync } from 'node:fs';

/** One served route, as `write-golden.ts` writes it to `routes.json`. */
export interface GoldenRoute {
  readonly method: string;
  /** The router's pattern: `:name` is a segment, `*` is the rest. */
  readonly url: string;
  readonly handler: string;
  readonly permission: string | null;
  readonly scope: string | null;
  readonly recording: string;
  readonly event: string | null;
}

/** Every route of the real composition: `npm run check` fails when the file is not what is served. */
export function goldenRoutes(): readonly GoldenRoute[] {
  return JSON.parse(readFileSync('test/golden/routes.json', 'utf8')) as GoldenRoute[];
}
