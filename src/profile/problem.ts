import { describeValue, printable } from '../config/printable.ts';
import type { Path, Position, YamlFile } from '../config/yaml/yaml-file.ts';
import { BrokerError } from '../errors/index.ts';

/** One broken rule of a profile file. */
export interface ProfileProblem {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  /** Where in the file, by keys and list indexes: `Profiles[2].API.HashData.HashAlg`. Empty: the file itself. */
  readonly path: string;
  /** What is wrong and what is allowed. */
  readonly message: string;
  /** The value, printable and bounded; absent where there is none. */
  readonly value?: string;
}

/** Something in a profile that is allowed and probably not meant. Logged at start. */
export type ProfileWarning = ProfileProblem;

/** PROFILES_INVALID, with the problems also as data. */
export class ProfilesError extends BrokerError {
  readonly problems: readonly ProfileProblem[];

  /** `fileName` is a base name. */
  constructor(fileName: string, problems: readonly ProfileProblem[]) {
    const rules = problems.length === 1 ? '1 rule' : `${problems.length} rules`;
    const lines = problems.map((problem) => `  ${problemLine(fileName, problem)}`);
    super('PROFILES_INVALID', `${fileName} breaks ${rules}\n${lines.join('\n')}`);
    this.problems = problems;
  }
}

/** A problem or warning on one line, in the form editors and compilers know: `FILE:LINE:COLUMN: path: message`. */
export function problemLine(fileName: string, problem: ProfileProblem): string {
  const place = `${fileName}:${problem.line}:${problem.column}`;
  return problem.path === ''
    ? `${place}: ${problem.message}`
    : `${place}: ${problem.path}: ${problem.message}`;
}

/** Problems of one file as they are found, at most 100; kept in the order of the file. */
export class ProblemList {
  static readonly most = 100;

  readonly #file: YamlFile;
  readonly #problems: ProfileProblem[] = [];

  constructor(file: YamlFile) {
    this.#file = file;
  }

  /** Something wrong with the value at `path`. */
  addValue(path: Path, message: string, value?: unknown): void {
    this.#add(this.#file.positionOf(path), path, message, value);
  }

  /** Something wrong with the key that ends `path`, or with what is missing below it. */
  addKey(path: Path, message: string): void {
    this.#add(this.#file.keyPositionOf(path), path, message);
  }

  sorted(): readonly ProfileProblem[] {
    return this.#problems
      .toSorted((a, b) => a.line - b.line || a.column - b.column)
      .slice(0, ProblemList.most);
  }

  #add({ line, column }: Position, path: Path, message: string, value?: unknown): void {
    this.#problems.push(
      Object.freeze({
        line,
        column,
        path: pathText(path),
        message,
        ...(value === undefined ? {} : { value: describeValue(value) }),
      }),
    );
  }
}

function pathText(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${printable(step)}`))
    .join('')
    .replace(/^\./, '');
}
