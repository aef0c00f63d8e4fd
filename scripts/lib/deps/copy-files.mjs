// Gathers what a build has left.

import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { StepFailure } from '../failure.mjs';

/**
 * Copies files and folders, each to a path of its own.
 * @param {[from: string, to: string][]} files
 */
export function copyFiles(files) {
  for (const [from, to] of files) {
    if (!existsSync(from)) {
      throw new StepFailure(
        `the build left no ${from}`,
        'This is a defect of the build script: please report it with the log.',
      );
    }
    mkdirSync(dirname(to), { recursive: true });
    cpSync(from, to, { recursive: true });
  }
}
