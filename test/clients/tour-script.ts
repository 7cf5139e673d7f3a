import { readFileSync } from 'node:fs';

/** The shell blocks of a text, in their order. */
export const blocksOf = (text: string): readonly string[] => [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1]!);

/** How whoever takes the tour logs in: by the one-time password as it is written, or with a token, where a password is not enough. */
export type TourLogin = { readonly password: string } | { readonly token: string };

/** The shell blocks of a page, for a server at this address and without npm. */
export function scriptOf(blocks: readonly string[], url: string): string {
  const command = (name: string): string => `${process.execPath} ${process.cwd()}/dist/src/app/commands/${name}.js`;
  return ['set -euo pipefail', ...blocks]
    .join('\n')
    .replace('URL=http://localhost:3000', `URL=${url}`)
    .replaceAll('npm run verify-receipt --', command('verify-receipt'))
    .replaceAll('npm run verify-log --', command('verify-log/verify-log'))
    .replace('field() { node ', `field() { ${process.execPath} `);
}

/** The README's tour, for bash and curl. The receipt is asked for until its entry is under a checkpoint. */
export function tourScript(url: string, login: TourLogin): string {
  const tour = blocksOf(readFileSync('README.md', 'utf8').split('## The tour')[1]!.split('\n## ')[0]!);
  const blocks = 'token' in login ? tour.map((block) => (block.includes('/v1/auth/login') ? `TOKEN=${login.token}\n` : block)) : tour;
  return scriptOf(blocks, url)
    .replaceAll('THE-ONE-TIME-PASSWORD', 'password' in login ? login.password : '')
    .replace('HOST=${URL#http://}', 'HOST=${URL#*://}')
    .replace(/curl -s \$URL\/v1\/simulations\/\$ID\/receipt (.*) > receipt\.txt/, 'for i in $(seq 1 100); do curl -s -w "%{stderr}%{http_code}" $URL/v1/simulations/$ID/receipt -H "Authorization: Bearer $TOKEN" > receipt.txt 2> status; [ "$(cat status)" = 200 ] && break; sleep 0.1; done');
}
