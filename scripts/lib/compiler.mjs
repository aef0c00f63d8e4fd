// The compilers we build with. What they call themselves is part of every cache key: an object file from one version
// must not end up beside one from another.

import { capture } from './run.mjs';
import { StepFailure } from './failure.mjs';

/** GCC 11 is the first whose C++20 library has what native/ uses. */
const MINIMUM_GCC = 11;

/**
 * @typedef {{command: string, id: string, target: string}} Compiler
 */

/** @returns {Compiler} the C compiler: CC, or gcc */
export function cCompiler() {
  return describe(process.env.CC || 'gcc', 'CC');
}

/** @returns {Compiler} the C++ compiler: CXX, or g++ */
export function cxxCompiler() {
  const found = describe(process.env.CXX || 'g++', 'CXX');
  const gcc = /^g\+\+.* (\d+)\.\d+\.\d+/.exec(found.id)?.[1];
  if (gcc && Number(gcc) < MINIMUM_GCC) {
    throw new StepFailure(
      `${found.id} is too old for the addon, which is C++20`,
      `Install GCC ${MINIMUM_GCC} or later (Debian 12 and 13 have it: apt-get install g++), or name another compiler in CXX.`,
    );
  }
  return found;
}

function describe(command, variable) {
  const id = capture(command, ['--version'])?.split('\n')[0];
  if (!id) {
    throw new StepFailure(
      `${command} cannot be run`,
      `Install a compiler (on Debian: apt-get install g++ make), or name one in ${variable}.`,
    );
  }
  return { command, id, target: capture(command, ['-dumpmachine']) ?? '' };
}
