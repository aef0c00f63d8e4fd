import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, runProgram } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';

// The parser of what callgrind writes, and the script without valgrind. The counts themselves are a stage of `npm test`.

/** A profile as callgrind writes it: two objects, calls with their inclusive cost, a function that calls itself. */
const PROFILE = `# callgrind format
version: 1
creator: callgrind-3.19.0

desc: Trigger: Client Request: hash_data

positions: line
events: Ir
summary: 5000

ob=/here/hot_paths
fl=???
fn=ours
0 100
cfn=theirs
cob=/lib/libc.so.6
calls=3 0
0 2000
0 20

fn=theirs
0 900

fn=ours'2
0 3

ob=/lib/libc.so.6
fn=ours
0 4000
`;

/** What the parser makes of a profile when functions called `ours` of the program count. */
async function sum(profile: string): Promise<unknown> {
  const program = `
    import { sumInstructions } from ${JSON.stringify(join(ROOT, 'scripts/lib/callgrind.mjs'))};
    import { readFileSync } from 'node:fs';
    const counts = (object, name) => object === '/here/hot_paths' && name === 'ours';
    console.log(JSON.stringify(sumInstructions(readFileSync(0, 'utf8'), counts)));`;
  const { out, error } = await runProgram(
    [process.execPath, '--input-type=module', '-e', program],
    { input: profile },
  );
  expect(error).toBe('');
  return JSON.parse(out.toString());
}

describe('the counts that callgrind writes', () => {
  it('are added up without what was called, and without other objects', async () => {
    expect(await sum(PROFILE)).toEqual({ trigger: 'hash_data', instructions: 123 });
  });

  it('are nothing when the profile is empty', async () => {
    expect(await sum('')).toEqual({ trigger: '', instructions: 0 });
  });
});

describe('npm run bench:instructions', () => {
  it('skips everything, and says so, where there is no valgrind', async () => {
    const tools = join(scratchDirectory(), 'bin');
    mkdirSync(tools);
    symlinkSync(process.execPath, join(tools, 'node'));
    const script = join(ROOT, 'scripts', 'bench-instructions.mjs');
    const ended = await runProgram([process.execPath, script], { env: { PATH: tools } });
    expect(ended).toMatchObject({ exit: 0 });
    expect(ended.error).toContain('the instruction counts are SKIPPED: there is no valgrind');
    expect(ended.out.toString()).toContain('0 passed, 0 failed, 1 skipped');
  });
});
