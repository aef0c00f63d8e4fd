import { parseArgs } from 'node:util';

import { namePatterns, parseRounds, UsageError } from '../options.ts';
import { caseId, type Case } from './cases.ts';

export interface BrokerBenchOptions {
  readonly json: string | undefined;
  readonly markdown: string | undefined;
  readonly html: string | undefined;
  /** Patterns of `group/name`; empty means everything. */
  readonly only: readonly string[];
  readonly rounds: number;
  readonly quick: boolean;
  /** Directory of the static nghttp2 that the load client is linked with. */
  readonly nghttp2: string;
}

const DEFAULT_ROUNDS = { full: 3, quick: 1 } as const;

/** What is measured beside the cases, each a group that `--only` knows. */
export const SPECIALS = ['native-beside-pure', 'stages', 'start', 'overload', 'abuse'] as const;
export type Special = (typeof SPECIALS)[number];

/** Reads the command line; scripts/bench.mjs --help explains it. Throws UsageError. */
export function parseBrokerOptions(args: readonly string[]): BrokerBenchOptions {
  const { values } = parse(args);
  if (values.nghttp2 === undefined) throw new UsageError('--nghttp2 DIR is needed');
  return {
    ...{ json: values.json, markdown: values.markdown, html: values.html, only: values.only },
    rounds: parseRounds(values.rounds, DEFAULT_ROUNDS[values.quick ? 'quick' : 'full']),
    ...{ quick: values.quick, nghttp2: values.nghttp2 },
  };
}

/** What is to be measured. */
export interface Selection {
  readonly cases: readonly Case[];
  readonly specials: ReadonlySet<Special>;
}

/** What the options ask for; `quick` leaves rows out only when none are named. Throws UsageError when there is nothing. */
export function select(
  cases: readonly Case[],
  { only, quick }: Pick<BrokerBenchOptions, 'only' | 'quick'>,
): Selection {
  const patterns = namePatterns(only);
  const wanted = (name: string): boolean =>
    patterns.length === 0 || patterns.some((pattern) => pattern.test(name));
  const selected = {
    cases: cases.filter((one) =>
      patterns.length === 0 ? !quick || one.quick : wanted(caseId(one)),
    ),
    specials: new Set(SPECIALS.filter(wanted)),
  };
  if (selected.cases.length > 0 || selected.specials.size > 0) return selected;
  throw new UsageError(`nothing matches ${only.map((text) => `'${text}'`).join(' or ')}`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        json: { type: 'string' },
        markdown: { type: 'string' },
        html: { type: 'string' },
        only: { type: 'string', multiple: true, default: [] },
        rounds: { type: 'string' },
        quick: { type: 'boolean', default: false },
        nghttp2: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
