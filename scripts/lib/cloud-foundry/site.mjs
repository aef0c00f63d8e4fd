// An application with its sidecars in one container, as a manifest describes them.

import { cpSync, mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { projectRoot } from '../paths.mjs';
import { Container } from './container.mjs';
import { NODE } from './droplet.mjs';
import { HOME, processEnvironment } from './launcher.mjs';
import { readManifest } from './manifest.mjs';

const INSIDE = join(projectRoot, 'scripts', 'lib', 'cloud-foundry', 'inside');
const PORT = 8080;
const ANSWER_MS = 20_000;
/** Where our own programs for the inside are. */
const TOOLS = '/home/vcap/test';

export class Site {
  /** @type {Set<Site>} */
  static #open = new Set();

  #dir;

  /** Closes all of them: for when somebody interrupts us. */
  static async closeAll() {
    await Promise.all([...Site.#open].map((site) => site.close()));
  }

  /**
   * Puts a droplet into a new container and starts nothing.
   * @param {{root: string, droplet: string, manifest?: string}} options `manifest`: its path, if relative
   *   in the droplet
   * @returns {Promise<Site>}
   */
  static async open({ root, droplet, manifest = 'manifest.yml' }) {
    const site = new Site();
    site.#dir = mkdtempSync(join(tmpdir(), 'cryptobroker-cf-'));
    try {
      site.container = await Container.start({ root, droplet, vcap: join(site.#dir, 'vcap') });
    } catch (error) {
      rmSync(site.#dir, { recursive: true, force: true });
      throw error;
    }
    Site.#open.add(site);
    cpSync(INSIDE, site.container.file('test'), { recursive: true });
    site.manifest = readManifest(resolve(droplet, manifest));
    site.env = site.#environment(site.manifest.appMemoryMib);
    return site;
  }

  #environment(memoryMib) {
    return processEnvironment({ memoryMib, port: PORT, env: this.manifest.env });
  }

  async close() {
    Site.#open.delete(this);
    await this.container.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /** Starts the application. */
  startApp() {
    return this.container.launch(this.manifest.command, this.env);
  }

  /** Starts the sidecar. @param {{dir?: string}} [options] where the droplet is */
  startSidecar(options) {
    const [{ command, memoryMib }] = this.manifest.sidecars;
    return this.container.launch(command, this.#environment(memoryMib), options);
  }

  /**
   * Runs a shell command by the launcher's sequence, to its end.
   * @param {string} command
   * @param {{dir?: string, env?: Record<string, string>}} [options]
   */
  async run(command, { dir = HOME, env = {} } = {}) {
    const started = this.container.launch(command, { ...this.env, ...env }, { dir });
    const { code } = await started.within(60_000, started.ended, command);
    return { code, out: started.out, error: started.error };
  }

  /**
   * Asks the application by HTTP.
   * @param {string} path
   * @returns {Promise<{status: number, body: string}>}
   */
  async request(path) {
    return this.node('ask.mjs', `http://127.0.0.1:${PORT}${path}`, ANSWER_MS);
  }

  /** The same where the answer is JSON. @param {string} path */
  async ask(path) {
    const { status, body } = await this.request(path);
    return { status, body: JSON.parse(body) };
  }

  /** Asks again and again until the answer is as wanted. */
  async askUntil(path, wanted, timeoutMs = 20_000) {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const answer = await this.ask(path).catch((error) => ({
        status: 0,
        body: error.message,
      }));
      if (wanted(answer)) return answer;
      if (Date.now() > end)
        throw new Error(`${path} still answers ${answer.status} ${JSON.stringify(answer.body)}`);
    }
  }

  /** Runs one of our programs inside, under the droplet's Node, and reads the JSON that it prints. */
  async node(script, ...args) {
    const argv = [`${HOME}/${NODE}`, `${TOOLS}/${script}`, ...args.map(String)];
    const { code, out, error } = await this.container.run(argv, this.env);
    if (code !== 0) throw new Error(`${script} failed:\n${error}`);
    return JSON.parse(out);
  }

  /** Writes a file below /home/vcap. @returns {string} its path inside */
  write(path, content, mode = 0o600) {
    const file = this.container.file(path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { mode });
    return `/home/vcap/${path}`;
  }
}
