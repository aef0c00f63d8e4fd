import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { UsageError } from '../options.ts';

export interface KmipBenchOptions {
  readonly json: string | undefined;
  readonly markdown: string | undefined;
  readonly rounds: number;
  readonly quick: boolean;
  /** Absolute; vault and floor are measured on its file system. */
  readonly dir: string;
  /** Sizes of the vault whose reads are compared, smallest first; empty: none. */
  readonly keys: readonly number[];
  /** Directory for CPU profiles of the Gateway; its figures are then worth less. */
  readonly profile: string | undefined;
}

const DEFAULT_ROUNDS = { full: 3, quick: 1 } as const;
const DEFAULT_KEYS = { full: '10000,1000000', quick: 'none' } as const;
const MAX_ROUNDS = 100;
const MAX_KEYS = 100_000_000;

/** Reads the command line; scripts/bench-kmip.mjs --help explains it. Throws UsageError. */
export function parseKmipOptions(args: readonly string[]): KmipBenchOptions {
  const { values } = parse(args);
  const mode = values.quick ? 'quick' : 'full';
  return {
    json: values.json,
    markdown: values.markdown,
    rounds: wholeNumber('--rounds', values.rounds, MAX_ROUNDS) ?? DEFAULT_ROUNDS[mode],
    quick: values.quick,
    dir: resolve(values.dir ?? tmpdir()),
    keys: sizes(values.keys ?? DEFAULT_KEYS[mode]),
    profile: values.profile === undefined ? undefined : resolve(values.profile),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        json: { type: 'string' },
        markdown: { type: 'string' },
        rounds: { type: 'string' },
        dir: { type: 'string' },
        keys: { type: 'string' },
        profile: { type: 'string' },
        quick: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function sizes(text: string): readonly number[] {
  if (text === 'none') return [];
  const list = text.split(',').map((size) => wholeNumber('--keys', size, MAX_KEYS) ?? 0);
  return [...new Set(list)].sort((left, right) => left - right);
}

function wholeNumber(option: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= most) return value;
  throw new UsageError(`${option} ${text}: must be a whole number from 1 to ${most}`);
}
