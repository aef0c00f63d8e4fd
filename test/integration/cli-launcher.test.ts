import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { announceSkip } from '../support/environment.ts';
import { pathNode, type NodeProgram } from '../support/path-node.ts';

// The launcher in a package of its own, with a program that tells what it got in place of the real one.
const PROGRAM = `
if (process.argv.includes('wait')) {
  process.on('SIGTERM', () => { console.log('SIGTERM'); process.exit(7); });
  process.on('SIGINT', () => { console.log('SIGINT'); process.exit(8); });
  setInterval(() => {}, 1000);
  console.log('waiting');
} else if (process.argv.includes('die')) {
  process.kill(process.pid, 'SIGKILL');
} else {
  console.log(JSON.stringify({ args: process.argv.slice(2), node: process.versions.node, pid: process.pid }));
  process.exitCode = 5;
}
`;

const repository = join(import.meta.dirname, '..', '..');
const olderNode = findOlderNode();
let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'cryptobroker-launcher-'));
  cpSync(join(repository, 'bin'), join(root, 'bin'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  mkdirSync(join(root, 'dist', 'bin'), { recursive: true });
  writeFileSync(join(root, 'dist', 'bin', 'cryptobroker.js'), PROGRAM);
  const packed = join(root, 'runtime', 'node_modules', `node-linux-${process.arch}`);
  mkdirSync(join(packed, 'bin'), { recursive: true });
  writeFileSync(join(packed, 'package.json'), JSON.stringify({ version: process.versions.node }));
  symlinkSync(process.execPath, join(packed, 'bin', 'node'));
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly error: string;
}

function start(node: string, args: readonly string[], program = 'cryptobroker.mjs'): ChildProcess {
  return spawn(node, [join(root, 'bin', program), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function end(child: ChildProcess): Promise<Ended> {
  let out = '';
  let error = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (error += chunk.toString()));
  return await new Promise((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal, out, error });
    });
  });
}

const run = (node: string, args: readonly string[], program?: string): Promise<Ended> =>
  end(start(node, args, program));

/** Resolves when the program says that it waits. */
async function waiting(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve) => {
    child.stdout?.once('data', () => {
      resolve();
    });
  });
}

const nodes: [name: string, path: string][] = [['the right Node', process.execPath]];
if (olderNode === undefined)
  announceSkip('the launcher under an older Node', 'put a Node from 18 to 23 on the PATH');
else nodes.push([`Node ${olderNode.version}`, olderNode.path]);

describe.each(nodes)('the launcher under %s', (_, node) => {
  it('runs the program under the right Node with its arguments, and passes on its exit code', async () => {
    const { code, out, error } = await run(node, ['hash-data', '--', '-x y']);
    expect({ code, error }).toEqual({ code: 5, error: '' });
    expect(JSON.parse(out)).toMatchObject({
      args: ['hash-data', '--', '-x y'],
      node: process.versions.node,
    });
  });

  it("starts the server under the original's name", async () => {
    const { out } = await run(node, ['--dev'], 'cryptobroker-server.mjs');
    expect(JSON.parse(out)).toMatchObject({ args: ['server', '--dev'] });
  });

  it.each([
    ['SIGTERM', 7],
    ['SIGINT', 8],
  ] as const)('passes %s on once', async (signal, code) => {
    const child = start(node, ['wait']);
    await waiting(child);
    const ended = end(child);
    child.kill(signal);
    await expect(ended).resolves.toMatchObject({ code, out: `${signal}\n` });
  });

  it('ends by the signal that ended the program', async () => {
    await expect(run(node, ['die'])).resolves.toMatchObject({ code: null, signal: 'SIGKILL' });
  });
});

describe('the launcher', () => {
  it('goes on in the same process under the right Node', async () => {
    const child = start(process.execPath, []);
    const { out } = await end(child);
    expect(JSON.parse(out)).toMatchObject({ pid: child.pid });
  });

  it('says what to do when the program is not compiled', async () => {
    rmSync(join(root, 'dist'), { recursive: true });
    try {
      await expect(run(process.execPath, [])).resolves.toMatchObject({
        code: 1,
        error: 'error: crypto-broker is not compiled: run `npm run setup` in its folder\n',
      });
    } finally {
      mkdirSync(join(root, 'dist', 'bin'), { recursive: true });
      writeFileSync(join(root, 'dist', 'bin', 'cryptobroker.js'), PROGRAM);
    }
  });

  it.skipIf(olderNode === undefined)('says what to do when there is no right Node', async () => {
    rmSync(join(root, 'runtime'), { recursive: true });
    const { code, error } = await run(olderNode?.path ?? '', []);
    expect(code).toBe(1);
    expect(error).toMatch(/^error: crypto-broker needs Node 24 or later .*\n$/);
  });
});

/** The Node on the PATH, when it is one that the programs do not run on. */
function findOlderNode(): NodeProgram | undefined {
  const node = pathNode();
  return node !== undefined && node.major >= 18 && node.major < 24 ? node : undefined;
}
