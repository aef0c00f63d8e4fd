import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, runProgram } from '../support/programs.ts';

/** The commands that are a script of ours, by the name `npm run` knows them by. */
function scripts(): readonly (readonly [string, string])[] {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  return Object.entries(manifest.scripts).flatMap(([name, command]) => {
    const script = /^node (scripts\/[\w-]+\.mjs)( --long)?$/.exec(command)?.[1];
    return script === undefined ? [] : [[name, script] as const];
  });
}

function isCommitted(path: string): boolean {
  return !path.includes('node_modules');
}

describe('in a clone that was never set up', () => {
  const clone = mkdtempSync(join(tmpdir(), 'cryptobroker-clone-'));
  beforeAll(() => {
    for (const part of ['package.json', 'bin', 'scripts', 'native/fuzz'])
      cpSync(join(ROOT, part), join(clone, part), { recursive: true, filter: isCommitted });
  });
  afterAll(() => {
    rmSync(clone, { recursive: true });
  });

  it.each(scripts())('npm run %s explains itself', async (_, script) => {
    const { exit, out, error } = await runProgram([process.execPath, script, '--help'], {
      cwd: clone,
      env: {},
      timeoutMs: 20_000,
    });
    expect({ exit, error }).toEqual({ exit: 0, error: '' });
    expect(out.toString()).toMatch(/^(Usage: |npm )/);
  });
});
