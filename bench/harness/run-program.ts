import { spawn, type ChildProcess } from 'node:child_process';

export interface ProgramOptions {
  /** What it does, for messages. */
  readonly what: string;
  /** Whatever takes longer hangs. */
  readonly limitMs: number;
}

const COMPLAINT_LENGTH = 2000;

/** Those that run: none of them is to outlive this process, however it ends. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Runs a program to its end; its standard output. Rejects when it fails, dies or takes too long. */
export function runProgram(
  [file, ...args]: readonly [string, ...string[]],
  { what, limitMs }: ProgramOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    let output = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-COMPLAINT_LENGTH);
    });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, limitMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      running.delete(child);
      reject(new Error(`${what}: ${error.message}`));
    });
    // Not before it is gone: the next one must have the machine to itself.
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      if (code === 0) resolve(output);
      else if (late) reject(new Error(`${what}: no end after ${Math.round(limitMs / 1000)} s`));
      else reject(new Error(`${what}: ended with ${signal ?? String(code)}\n${complaint}`));
    });
  });
}
