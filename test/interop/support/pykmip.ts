import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, hostEnvironment } from '../../support/environment.ts';
import type { KmipFiles } from './kmip-files.ts';
import { runPlan, startPeer, type KmipPeer } from './kmip-peer.ts';
import type { KmipPlan, KmipRun } from './kmip-tasks.ts';

const REQUIREMENTS = join(import.meta.dirname, 'pykmip-requirements.txt');
const SERVER = join(import.meta.dirname, 'pykmip_server.py');
const CLIENT = join(import.meta.dirname, 'pykmip_client.py');

/** A Python with PyKMIP, or why there is none. */
export type Pykmip =
  { readonly python: string; readonly packages: string } | { readonly missing: string };

/** Installs PyKMIP into the cache; a second time it is there already. */
export function installPykmip(): Pykmip {
  const python = PYTHONS.find(isOldEnough);
  if (python === undefined)
    return { missing: 'no Python from 3.8 to 3.11 with pip is on the PATH' };
  const key = createHash('sha256').update(readFileSync(REQUIREMENTS)).update(python).digest('hex');
  const packages = join(cacheDirectory, 'interop', 'pykmip', key.slice(0, 16));
  if (existsSync(packages)) return { python, packages };
  // Takes its place at once: an interrupted installation leaves nothing behind that looks finished.
  const unfinished = `${packages}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  const installed = spawnSync(
    python,
    [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'],
      ...['--target', unfinished, '--requirement', REQUIREMENTS],
    ],
    { env: hostEnvironment, stdio: 'pipe' },
  );
  if (installed.status !== 0) {
    rmSync(unfinished, { recursive: true, force: true });
    return { missing: installed.stderr.toString().trim().split('\n').at(-1) ?? 'pip failed' };
  }
  renameSync(unfinished, packages);
  return { python, packages };
}

/** PyKMIP needs ssl.wrap_socket and friends, which Python 3.12 took away. */
const PYTHONS = ['python3.11', 'python3.10', 'python3.9', 'python3.8', 'python3'];

function isOldEnough(python: string): boolean {
  const check = 'import pip, sys; sys.exit(not (3, 8) <= sys.version_info[:2] <= (3, 11))';
  return spawnSync(python, ['-c', check]).status === 0;
}

type Installed = Extract<Pykmip, { readonly python: string }>;

const program = ({ python, packages }: Installed, args: readonly string[]) => ({
  command: [python, ...args] as const,
  env: { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' },
});

/** Starts the PyKMIP server (KMIP 1.0 to 2.0, TLS 1.2) with its database in `directory`. */
export function startPykmipServer(
  pykmip: Installed,
  files: KmipFiles,
  directory: string,
): Promise<KmipPeer> {
  const { cert, key } = files.server;
  return startPeer(program(pykmip, [SERVER, files.ca, cert, key, directory]));
}

/** Has the PyKMIP client carry out a plan. */
export function runPykmipClient(pykmip: Installed, plan: KmipPlan): Promise<KmipRun> {
  return runPlan(program(pykmip, [CLIENT]), plan);
}
