import { parseArgs } from 'node:util';

import { trialId, type Trial } from './trials/trial.ts';

export interface BenchOptions {
  readonly json: string | undefined;
  readonly markdown: string | undefined;
  /** Patterns of `group/name`; empty means every trial. */
  readonly only: readonly string[];
  readonly rounds: number;
  readonly quick: boolean;
}

/** A mistake in the command line: the text says which. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const DEFAULT_ROUNDS = { full: 3, quick: 1 } as const;
const MAX_ROUNDS = 100;

/** Reads the command line; scripts/bench-crypto.mjs --help explains it. Throws UsageError. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parse(args);
  return {
    json: values.json,
    markdown: values.markdown,
    only: values.only,
    rounds: parseRounds(values.rounds, DEFAULT_ROUNDS[values.quick ? 'quick' : 'full']),
    quick: values.quick,
  };
}

/** The trials that the options ask for. Throws UsageError when there are none. */
export function selectTrials(
  trials: readonly Trial[],
  { only, quick }: Pick<BenchOptions, 'only' | 'quick'>,
): readonly Trial[] {
  const patterns = namePatterns(only);
  const selected = trials.filter(
    (trial) =>
      (!quick || trial.quick) &&
      (patterns.length === 0 || patterns.some((pattern) => pattern.test(trialId(trial)))),
  );
  if (selected.length > 0) return selected;
  const among = quick ? ' among those of --quick' : '';
  throw new UsageError(`no trial matches ${only.map((text) => `'${text}'`).join(' or ')}${among}`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        json: { type: 'string' },
        markdown: { type: 'string' },
        only: { type: 'string', multiple: true, default: [] },
        rounds: { type: 'string' },
        quick: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Rounds as `--rounds` gives them. Throws UsageError. */
export function parseRounds(text: string | undefined, whenAbsent: number): number {
  if (text === undefined) return whenAbsent;
  const rounds = /^\d+$/.test(text) ? Number(text) : 0;
  if (rounds >= 1 && rounds <= MAX_ROUNDS) return rounds;
  throw new UsageError(`--rounds ${text}: must be a whole number from 1 to ${MAX_ROUNDS}`);
}

/** Patterns as `--only` gives them: each matches the beginning of a name, `*` standing for any text, in any case. */
export function namePatterns(only: readonly string[]): readonly RegExp[] {
  return only.map(toExpression);
}

function toExpression(pattern: string): RegExp {
  const literal = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}`, 'i');
}
