#!/usr/bin/env node
// Runs a script under the right Node, whichever Node happens to be first on PATH.

import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findNode } from './lib/find-node.mjs';

const HELP = `Usage: node scripts/with-node.mjs FILE [ARGUMENT]...

Runs FILE under Node 24 or later: the Node that runs this script if it is new enough, else the one that
\`node scripts/setup.mjs\` put into the checkout. Input, output, signals and the exit code pass through.`;

const FORWARDED = /** @type {const} */ (['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR2']);

/**
 * Runs a script under the right Node, connected to our own input and output.
 * @param {string[]} args the script and its arguments
 * @returns {Promise<{code: number | null, signal: NodeJS.Signals | null}>}
 */
export function runWithNode(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(findNode(), args, { stdio: 'inherit' });
    const handlers = FORWARDED.map((signal) => {
      const handler = () => {
        // On a terminal, Ctrl-C reaches the child by itself; a second one would tell it to stop waiting.
        if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
      };
      process.on(signal, handler);
      return [signal, handler];
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const [name, handler] of handlers)
        process.off(/** @type {string} */ (name), /** @type {() => void} */ (handler));
      resolve({ code, signal });
    });
  });
}

if (process.argv[1] && fileURLToPath(import.meta.url) === realpathSync(process.argv[1])) {
  const args = process.argv.slice(2);
  if (args.length === 0 || args[0] === '--help' || args[0] === '-h') {
    console.log(HELP);
    process.exitCode = args.length === 0 ? 2 : 0;
  } else {
    try {
      const { code, signal } = await runWithNode(args);
      // Whoever started us should see the same end: a signal is not an exit code.
      if (signal) process.kill(process.pid, signal);
      else process.exitCode = code ?? 1;
    } catch (error) {
      console.error(error.message);
      process.exitCode = 1;
    }
  }
}
