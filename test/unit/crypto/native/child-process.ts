import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** How a process of its own ended. */
export interface ChildOutcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const TIME_LIMIT_MS = 15_000;

/** What every child starts with: the raw addon, its packaged module, and `options()` for `initialize`. */
const PRELUDE = `
  import { loadAddon } from ${JSON.stringify(new URL('../../../../src/addon/load-addon.ts', import.meta.url).href)};
  const { addon, module } = loadAddon();
  const options = (changes = {}) => ({
    fips: 'required', moduleDirectory: module.directory, moduleSha256: module.sha256, moduleMac: module.mac,
    requireLockedMemory: false, poolThreads: 2, poolQueue: 64, caCacheEntries: 0, caCacheSeconds: 0, ...changes,
  });
  const outcome = (action) => {
    try { action(); return 'ok'; } catch (error) { return error.code + ' ' + error.message; }
  };
`;

/**
 * Runs JavaScript as a module in a process of its own: a process has one core, so whatever starts it in another way, or
 * ends with work in flight, needs one. `body` may use addon, module, options() and outcome(). Killed after 15 s.
 */
export async function runInChild(
  body: string,
  settings: { readonly nodeFlags?: readonly string[]; readonly wrapper?: readonly string[] } = {},
): Promise<ChildOutcome> {
  const command = [
    ...(settings.wrapper ?? []),
    process.execPath,
    ...(settings.nodeFlags ?? []),
    '--input-type=module',
    '--eval',
    PRELUDE + body,
  ];
  const child = spawn(command[0] ?? process.execPath, command.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIME_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  const [stdout, stderr, ended] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { code: ended[0], signal: ended[1], stdout: stdout.trim(), stderr };
}
