import { spawn } from 'node:child_process';

/**
 * Runs a command in the foreground; its exit code, or 1 when a signal ended it.
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<number>}
 */
export function runInForeground(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit' });
    // A terminal sends Ctrl-C to the whole group; a supervisor sends SIGTERM to us alone.
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
