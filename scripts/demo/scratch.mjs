// The directory everything of a demonstration lives in, and the list of what we put there.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ENDPOINTS = 'endpoints.json';

export class Scratch {
  #files = new Set();
  #directories = new Set();

  /**
   * @param {string} path
   * @param {boolean} ours whether we made the directory
   */
  constructor(path, ours) {
    this.path = path;
    this.ours = ours;
  }

  /**
   * A fresh temporary directory, or the given one, made when it is missing. A given directory must be empty: what is there
   * would be overwritten, and taken away in the end.
   * @param {string | undefined} dir
   */
  static open(dir) {
    if (dir === undefined) return new Scratch(mkdtempSync(join(tmpdir(), 'crypto-broker-')), true);
    const path = resolve(dir);
    const existed = existsSync(path);
    if (existed && readdirSync(path).length > 0) {
      console.error(
        `error: ${path} is not empty; stop the demonstration that uses it, if there is one, or give another --dir`,
      );
      process.exit(2);
    }
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return new Scratch(path, !existed);
  }

  /** A path inside, removed at the end. */
  file(name) {
    const path = join(this.path, name);
    this.#files.add(path);
    return path;
  }

  /** A directory inside, removed at the end with all that programs put into it. */
  directory(name) {
    const path = join(this.path, name);
    this.#directories.add(path);
    return path;
  }

  /** Writes a file only its owner can read, and returns its path. */
  write(name, content) {
    const path = this.file(name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }

  /** Where everything is, for scripts that attach. */
  writeEndpoints(endpoints) {
    this.write(ENDPOINTS, `${JSON.stringify({ version: 1, ...endpoints }, null, 2)}\n`);
  }

  /**
   * Takes away what we made; with `keep` everything stays, so that a failure can be looked at.
   * @param {{keep: boolean}} options
   */
  remove({ keep }) {
    if (keep) return;
    for (const path of this.#files) rmSync(path, { force: true });
    for (const path of this.#directories) rmSync(path, { recursive: true, force: true });
    if (!this.ours) return;
    try {
      rmdirSync(this.path);
    } catch {
      // Somebody else put a file there: theirs to keep.
    }
  }
}
