// Starts the compiled command line under a Node that is new enough.
//
// Loads under any Node from 18 on, with nothing installed.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { findNode } from './find-node.mjs';

const PROGRAM = fileURLToPath(new URL('../../dist/bin/cryptobroker.js', import.meta.url));

/**
 * Runs `cryptobroker` with `args`. Under the right Node it goes on in this process; otherwise the right Node replaces
 * this process, or, where Node cannot do that (before 22.15), runs as a child that looks the same from outside.
 * @param {readonly string[]} args
 */
export async function launch(args) {
  if (!existsSync(PROGRAM))
    fail('crypto-broker is not compiled: run `npm run setup` in its folder');
  let node;
  try {
    node = findNode();
  } catch (error) {
    fail(error.message);
  }
  if (node === process.execPath) {
    process.argv.splice(1, Infinity, PROGRAM, ...args);
    await import(pathToFileURL(PROGRAM).href);
  } else if (typeof process.execve === 'function') {
    process.execve(node, [node, PROGRAM, ...args], process.env);
  } else {
    runAsChild(node, [PROGRAM, ...args]);
  }
}

/** Signals that ask a program to end. */
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']);

/**
 * The child leads a process group of its own, so that Ctrl-C, which a terminal sends to the whole group, reaches it once:
 * through us. A second signal would end the server without letting it finish its calls.
 */
function runAsChild(node, args) {
  const child = spawn(node, args, { stdio: 'inherit', detached: true });
  const forward = (signal) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, forward);
  child.on('error', (error) => fail(`cannot start ${node} (${error.code})`));
  child.on('exit', (code, signal) => {
    for (const name of SIGNALS) process.off(name, forward);
    if (signal === null) process.exit(code);
    // Ends by the same signal, so that whoever waits for us sees what we saw.
    process.kill(process.pid, signal);
  });
}

/** @returns {never} */
function fail(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(1);
}
