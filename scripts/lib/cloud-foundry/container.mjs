// A container as Cloud Foundry gives one, by bubblewrap: a user of id 2000, a root file system that cannot be written, a
// network with nothing but loopback, no capability, and two or more processes that are started from outside.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerProcess } from './container-process.mjs';
import { LAUNCHER, HOME, VCAP_UID } from './launcher.mjs';

const START_MS = 10_000;
const COMMAND_MS = 60_000;
/** One by one: bubblewrap's own /dev takes a second user namespace, which nobody but root could then enter from outside. */
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom'];

export class Container {
  #bwrap;
  #pid;
  /** @type {Set<ContainerProcess>} */
  #processes = new Set();

  /** The directory that is /home/vcap inside. */
  vcap;

  /**
   * Starts an empty container around a copy of a droplet.
   * @param {{root: string, droplet: string, vcap: string}} options `vcap`: an empty directory, which becomes /home/vcap
   * @returns {Promise<Container>}
   */
  static async start({ root, droplet, vcap }) {
    for (const name of ['app', 'tmp', 'deps']) mkdirSync(join(vcap, name), { recursive: true });
    cpSync(droplet, join(vcap, 'app'), { recursive: true });
    const container = new Container();
    container.vcap = vcap;
    container.#bwrap = spawn(
      'bwrap',
      [
        ...['--unshare-user', '--uid', String(VCAP_UID), '--gid', String(VCAP_UID)],
        ...['--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts'],
        ...['--cap-drop', 'ALL', '--die-with-parent', '--new-session'],
        ...['--ro-bind', root, '/', '--proc', '/proc', '--tmpfs', '/dev'],
        ...DEVICES.flatMap((name) => ['--dev-bind', `/dev/${name}`, `/dev/${name}`]),
        ...['--symlink', '/proc/self/fd', '/dev/fd'],
        ...['--perms', '1777', '--tmpfs', '/tmp', '--bind', vcap, '/home/vcap'],
        ...['--info-fd', '3', '--', '/bin/sh', '-c', 'echo made; exec sleep infinity'],
      ],
      { stdio: ['ignore', 'pipe', 'pipe', 'pipe'], env: { PATH: process.env.PATH ?? '' } },
    );
    container.#pid = await container.#childPid();
    return container;
  }

  /** The first process inside, by its id out here; resolves when everything is mounted and it runs. */
  async #childPid() {
    const [, made, errors, info] = this.#bwrap.stdio;
    const failed = text(errors);
    const said = text(info);
    const ended = await Promise.race([
      once(made, 'data').then(() => undefined),
      once(this.#bwrap, 'exit').then(() => failed),
      once(this.#bwrap, 'error').then(([error]) => error.message),
      sleep(START_MS, 'it took too long', { ref: false }),
    ]);
    const pid = /"child-pid": (\d+)/.exec(ended === undefined ? await said : '')?.[1];
    if (pid === undefined) {
      this.#bwrap.kill('SIGKILL');
      throw new Error(`bubblewrap made no container: ${ended?.trim() ?? 'it did not say which'}`);
    }
    return Number(pid);
  }

  /**
   * Starts a process of the droplet by the launcher's sequence.
   * @param {string} command as in the manifest
   * @param {Record<string, string>} env the whole environment
   * @param {{dir?: string}} [options] the application's directory inside
   * @returns {ContainerProcess}
   */
  launch(command, env, { dir = HOME } = {}) {
    return this.start(['/bin/bash', '-c', LAUNCHER, 'launcher', dir, command], env);
  }

  /**
   * Starts any process inside.
   * @param {string[]} argv
   * @param {Record<string, string>} env
   */
  start(argv, env) {
    // The id stays ours out here, which is 2000 inside; no capability comes along, because that is not root.
    const child = spawn(
      'nsenter',
      [
        ...['--target', String(this.#pid), '--user', '--preserve-credentials'],
        ...['--mount', '--pid', '--net', '--ipc', '--uts', '--'],
        ...['/usr/bin/setpriv', '--no-new-privs', '--inh-caps=-all', '--', ...argv],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env },
    );
    const started = new ContainerProcess(child);
    this.#processes.add(started);
    void started.ended.then(() => this.#processes.delete(started));
    return started;
  }

  /**
   * Runs a command inside to its end.
   * @param {string[]} argv
   * @param {Record<string, string>} env
   * @param {{timeoutMs?: number}} [options]
   * @returns {Promise<{code: number | null, out: string, error: string}>}
   */
  async run(argv, env, { timeoutMs = COMMAND_MS } = {}) {
    const started = this.start(argv, env);
    const { code } = await started.within(timeoutMs, started.ended, argv.slice(0, 3).join(' '));
    return { code, out: started.out, error: started.error };
  }

  /** Ends the container: its first process, and with that everything inside. */
  async stop() {
    if (this.#bwrap.exitCode === null && this.#bwrap.signalCode === null) {
      process.kill(this.#pid, 'SIGKILL');
      await once(this.#bwrap, 'exit');
    }
    await Promise.all([...this.#processes].map(({ ended }) => ended));
  }

  /** A file below /home/vcap. @param {...string} path */
  file(...path) {
    return join(this.vcap, ...path);
  }

  /** @param {...string} path */
  read(...path) {
    return readFileSync(this.file(...path), 'utf8');
  }
}
