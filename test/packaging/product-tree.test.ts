import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  globSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, runProgram } from '../support/programs.ts';

// What containers and droplets are made of, put somewhere else than it was written.

const SCRIPT = join(ROOT, 'scripts', 'product-tree.mjs');
let directory: string;
let tree: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'cryptobroker-tree-'));
  execFileSync(process.execPath, [SCRIPT, join(directory, 'written')]);
  tree = join(directory, 'moved');
  renameSync(join(directory, 'written'), tree);
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('the product tree', () => {
  it('runs from wherever it is put', async () => {
    const { exit, out } = await program('version');

    expect(exit).toBe(0);
    expect(out.toString()).toContain('crypto-broker');
  });

  it('brings the native core and its FIPS module, which prove themselves', async () => {
    const { exit, out } = await program('fips');

    expect(out.toString()).toContain('FIPS provider required');
    expect(exit).toBe(0);
  });

  it('brings every package that the program may load', () => {
    const bundle = globSync('dist/bin/*.js', { cwd: tree }).map((path) =>
      readFileSync(join(tree, path), 'utf8'),
    );
    const packages = new Set(
      bundle.flatMap((text) =>
        [...text.matchAll(/(?:^import .*from |import\()"([\w@][\w@/.-]*)"/gm)].flatMap(
          ([, id]) => id ?? [],
        ),
      ),
    );
    const outside = [...packages].filter((id) => !id.startsWith('node:'));
    expect(outside).toContain('@grpc/grpc-js');
    expect(outside).toContain('better-sqlite3');
    // The first is what the pure provider loads before the second, which asks for it.
    const imports = ['reflect-metadata', ...outside].map((id) => `await import('${id}');`).join('');
    const probe = join(tree, 'dist', 'bin', 'probe.mjs');
    writeFileSync(probe, `${imports}console.log('all loaded');`);

    try {
      expect(execFileSync(process.execPath, [probe], { encoding: 'utf8' })).toBe('all loaded\n');
    } finally {
      rmSync(probe);
    }
  });

  it('holds plain files alone, in two modes, and nothing for other systems', () => {
    const files = globSync('**/*', { cwd: tree }).map((path) => ({
      path,
      entry: lstatSync(join(tree, path)),
    }));
    const odd = files.filter(
      ({ entry }) =>
        !entry.isDirectory() && !(entry.isFile() && [0o644, 0o755].includes(entry.mode & 0o7777)),
    );

    expect(odd.map(({ path }) => path)).toEqual([]);
    const addons = files.map(({ path }) => path).filter((path) => path.endsWith('.node'));
    expect(addons.sort()).toEqual([
      `node_modules/better-sqlite3/prebuilds/${process.platform}-${process.arch}.node`,
      `prebuilds/${process.platform}-${process.arch}/cryptobroker.node`,
    ]);
    expect(files.filter(({ path }) => /\.(map|d\.ts|gyp)$/.test(path))).toEqual([]);
  });

  it('keeps the licence of every package in it', () => {
    const packages = globSync('node_modules/**/package.json', { cwd: tree }).filter((path) =>
      /node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(path),
    );
    const original = (path: string): string[] => licences(join(ROOT, path));
    const lost = packages
      .map((path) => path.slice(0, -'/package.json'.length))
      .filter((path) => original(path).some((name) => !licences(join(tree, path)).includes(name)));

    expect(packages.length).toBeGreaterThan(20);
    expect(lost).toEqual([]);
  });

  it('is the same again when it is written again', () => {
    const again = join(directory, 'again');
    execFileSync(process.execPath, [SCRIPT, again]);

    expect(digests(again)).toEqual(digests(tree));
  });

  it('is not written over something else', async () => {
    const taken = join(directory, 'taken');
    mkdirSync(taken);
    writeFileSync(join(taken, 'mine'), '');

    const { exit, error } = await runProgram([process.execPath, SCRIPT, taken]);

    expect(exit).toBe(1);
    expect(error).toContain('is not empty');
  });
});

async function program(...args: readonly string[]) {
  return await runProgram([process.execPath, join(tree, 'bin', 'cryptobroker.mjs'), ...args]);
}

function licences(path: string): string[] {
  return globSync('*', { cwd: path }).filter((name) => /^(licen[cs]e|notice)/i.test(name));
}

function digests(root: string): Record<string, string> {
  const files = globSync('**/*', { cwd: root }).filter((path) =>
    lstatSync(join(root, path)).isFile(),
  );
  return Object.fromEntries(
    files.sort().map((path) => [
      path,
      createHash('sha256')
        .update(readFileSync(join(root, path)))
        .digest('hex'),
    ]),
  );
}
