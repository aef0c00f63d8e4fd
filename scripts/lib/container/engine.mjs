// buildah, podman and skopeo on a store of our own: no daemon, nothing of the machine's own images or containers is seen or
// touched, and what works as root inside a container or a small virtual machine is settled here once.

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { cacheDir } from '../paths.mjs';
import { run } from '../run.mjs';

/** The longest that a command which only asks or stops something may take. */
const SHORT_MS = 60_000;
const NETAVARK = '/usr/lib/podman/netavark';

/**
 * @typedef {{status: number | null, stdout: string, stderr: string}} Finished
 *
 * @typedef {object} Engine
 * @property {string} home our directory in the cache
 * @property {string} scratch an empty directory of this run
 * @property {NodeJS.ProcessEnv} env what its programs run under
 * @property {(command: string, args: readonly string[], options?: {input?: string | Buffer, timeoutMs?: number}) => Finished} ask
 *   runs a command and returns how it ended, whatever that was
 * @property {(command: string, args: readonly string[], options?: {timeoutMs?: number}) => string} out
 *   its standard output; an Error with what it said when it fails
 * @property {(command: string, args: readonly string[], options?: {log?: string, onLine?: (line: string) => void, cwd?: string}) => Promise<string[]>} run
 *   for long commands
 * @property {() => void} close removes what belongs to this run alone
 */

/**
 * Prepares the store. Call it under a lock: two runs in one store would take each other's containers for their own.
 * @returns {Engine}
 */
export function openEngine() {
  const home = cacheDir('container');
  const scratch = mkdtempSync(join(home, 'run-'));
  const env = { ...process.env, ...configuration(home) };

  const ask = (command, args, { input, timeoutMs = SHORT_MS } = {}) => {
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      env,
      input,
      encoding: 'utf8',
      timeout: timeoutMs,
      maxBuffer: 64 << 20,
    });
    return { status, stdout, stderr: error ? `${stderr}${error.message}` : stderr };
  };
  const out = (command, args, options) => {
    const { status, stdout, stderr } = ask(command, args, options);
    if (status !== 0)
      throw new Error(`${command} ${args.join(' ')}: exit code ${status}\n${stderr.trim()}`);
    return stdout.trim();
  };
  return {
    home,
    scratch,
    env,
    ask,
    out,
    run: (command, args, options = {}) => run(command, [...args], { ...options, env }),
    close: () => rmSync(scratch, { recursive: true, force: true }),
  };
}

/** Writes the settings of containers-storage and of podman, and says where they are. */
function configuration(home) {
  const storage = join(home, 'storage.conf');
  mkdirSync(home, { recursive: true });
  writeFileSync(
    storage,
    `[storage]
driver = "overlay"
graphroot = "${join(home, 'store')}"
runroot = "${join(home, 'state')}"
`,
  );
  const containers = join(home, 'containers.conf');
  writeFileSync(
    containers,
    // The limits are named because the defaults ask for more than a root without CAP_SYS_RESOURCE may have; runc because
    // crun refuses hybrid cgroups; files because there may be neither systemd nor its journal.
    `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=512:512", "memlock=8388608:8388608"]
log_driver = "k8s-file"

[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
tmp_dir = "${join(home, 'state', 'libpod')}"
static_dir = "${join(home, 'store', 'libpod')}"
volume_path = "${join(home, 'store', 'volumes')}"
${networks(home)}`,
  );
  return { CONTAINERS_STORAGE_CONF: storage, CONTAINERS_CONF: containers };
}

/** Networks of our own, where netavark is there to make them; podman's older way notes them in /etc. */
function networks(home) {
  if (!existsSync(NETAVARK)) return '';
  return `
[network]
network_backend = "netavark"
network_config_dir = "${join(home, 'networks')}"
`;
}
