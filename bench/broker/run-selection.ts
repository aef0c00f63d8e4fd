import type { FixtureName } from '../trials/fixtures.ts';
import type { RequestSpec } from './cases.ts';
import type { BrokerMeasurements } from './measurements.ts';
import type { Selection } from './options.ts';
import { runCases } from './run-cases.ts';
import type { RunContext } from './run-context.ts';
import { measureAbuses } from './special/abuse.ts';
import { measureOverloads, OVERLOAD_REQUEST } from './special/overload.ts';
import { measureStages } from './special/stages.ts';
import { measureStarts } from './special/starts.ts';

/** What servers are warmed with, and what a client that behaves asks for. */
export const WARM_UP_REQUEST: RequestSpec = { kind: 'hash', profile: 'Default', bytes: 100 };

/** Everything that will be asked, and the CAs and requests that takes. */
export function requestsOf({ cases, specials }: Selection): {
  readonly specs: readonly RequestSpec[];
  readonly fixtures: ReadonlySet<FixtureName>;
} {
  const specs = [
    WARM_UP_REQUEST,
    ...(specials.has('overload') ? [OVERLOAD_REQUEST] : []),
    ...cases.map(({ request }) => request),
  ];
  const fixtures = specs.flatMap((spec) => (spec.kind === 'certificate' ? [spec.fixture] : []));
  return { specs, fixtures: new Set(fixtures) };
}

/** Measures everything that was chosen, but what needs no server. */
export async function runSelection(
  { cases, specials }: Selection,
  context: RunContext,
): Promise<BrokerMeasurements> {
  const starts = specials.has('start') ? await measureStarts(context) : new Map<never, never>();
  const { measured, peaks, missing } = await runCases(cases, context);
  const overloads = specials.has('overload')
    ? await measureOverloads(context)
    : new Map<never, never>();
  const abuses = specials.has('abuse') ? await measureAbuses(context) : new Map<never, never>();
  const stages = specials.has('stages') ? await measureStages(context) : new Map<never, never>();
  return { cases: measured, starts, peaks, overloads, abuses, stages, missing };
}
