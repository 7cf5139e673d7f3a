import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

/** What was chosen for this project and stays: the frames that users of Nest know. */
const CHOSEN = ['@nestjs/core', '@nestjs/passport', 'passport-jwt', '@nestjs/throttler', 'class-validator', 'typeorm', 'pg', '@casl/ability', '@nestjs/terminus'];
const MODULES = ['auth', 'crypto', 'audit', 'registry', 'rbac', 'simulation'];
const TOP_LEVEL = ['package.json', 'nest-cli.json', 'tsconfig.json', 'src', 'test', 'migrations', 'docker', '.env.example'];

interface PackageJson {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  scripts: Record<string, string>;
}
const packageJson = JSON.parse(readFileSync('package.json', 'utf8')) as PackageJson;
const sources = globSync('src/**/*.ts')
  .filter((file) => !/\.(spec|bench)\.ts$/.test(file))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

describe('the card of the project', () => {
  for (const name of CHOSEN) {
    it(`${name} is a direct dependency, and imported`, () => {
      assert.ok(packageJson.dependencies[name]);
      assert.match(sources, new RegExp(`from '${name}['/]`));
    });
  }

  for (const name of MODULES) {
    it(`the ${name} module exists and shows one face`, () => assert.ok(existsSync(`src/modules/${name}/index.ts`)));
  }

  for (const name of TOP_LEVEL) {
    it(`${name} stands at the top level`, () => assert.ok(existsSync(name)));
  }

  it('is built by nest-cli.json', () => {
    assert.match(packageJson.scripts['build']!, /^nest build/);
    const cli = JSON.parse(readFileSync('nest-cli.json', 'utf8')) as { compilerOptions: { builder: { type: string } } };
    assert.equal(cli.compilerOptions.builder.type, 'swc');
  });

  it('pins every version', () => {
    const loose = Object.entries({ ...packageJson.dependencies, ...packageJson.devDependencies, ...packageJson.optionalDependencies }).filter(([, version]) => !/^(npm:.+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
    assert.deepEqual(loose, []);
  });

  it('faces export fifteen names at most', () => {
    for (const face of globSync('src/modules/*/index.ts')) {
      const names = [...readFileSync(face, 'utf8').matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap((match) => match[1]!.split(',').filter((name) => name.trim()));
      assert.ok(names.length <= 15, `${face} exports ${names.length}`);
    }
  });
});
