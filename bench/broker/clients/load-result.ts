/** What one measurement gave. Times in microseconds, from a request to the last byte of its answer. */
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** Percent and microseconds, for a plot. */
  readonly percentiles: readonly (readonly [percent: number, microseconds: number])[];
  /** Microseconds of processor time a request. */
  readonly serverCpu: number;
  readonly clientCpu: number;
  /** Calls that ended otherwise than well, by gRPC status. */
  readonly failures: Readonly<Record<string, number>>;
  /** Answered well, but after the deadline. */
  readonly late: number;
  /** Due while as many as may be were under way. */
  readonly notSent: number;
  readonly requestBytes: number;
  readonly answerBytes: number;
  /** Memory that the client took for a call, where it can tell. */
  readonly bytesPerCall?: number;
  readonly allocsPerCall?: number;
}

const NUMBERS = [
  ...(['requests', 'seconds', 'perSecond', 'mean', 'p50', 'p90', 'p99', 'p999', 'max'] as const),
  ...(['serverCpu', 'clientCpu', 'late', 'notSent', 'requestBytes', 'answerBytes'] as const),
];

/** Reads the lines a load client has printed. Throws Error when there is no result among them. */
export function parseLoadOutput(output: string): LoadResult {
  for (const line of output.split('\n')) {
    if (!line.startsWith('{"result":')) continue;
    const { result } = JSON.parse(line) as { readonly result: LoadResult };
    const wrong = NUMBERS.find((name) => !Number.isFinite(result[name]));
    if (wrong !== undefined) throw new Error(`the load client's ${wrong} is not a number`);
    if (!Array.isArray(result.percentiles)) throw new Error('the load client has no percentiles');
    return result;
  }
  throw new Error('the load client has told no result');
}
