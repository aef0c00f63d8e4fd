/** From a value to a place on an axis. */
export interface Scale {
  readonly ticks: readonly number[];
  readonly place: (value: number) => number;
}

const STEPS = [1, 2, 2.5, 5, 10];
const WANTED_TICKS = 5;
/** An axis of nothing but zeros still has to be as long as something. */
const LEAST = 1e-9;

/** From nothing to a round number that leaves room for `largest`. */
export function linearScale(largest: number, from: number, to: number): Scale {
  const rough = Math.max(largest, LEAST) / WANTED_TICKS;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = magnitude * (STEPS.find((candidate) => candidate * magnitude >= rough) ?? 10);
  const count = Math.ceil(largest / step);
  const top = step * Math.max(count, 1);
  return {
    ticks: Array.from({ length: Math.max(count, 1) + 1 }, (_, index) => index * step),
    place: (value) => from + (value / top) * (to - from),
  };
}

/** Powers of ten around all values, which must be positive. */
export function logScale(smallest: number, largest: number, from: number, to: number): Scale {
  const low = Math.floor(Math.log10(smallest));
  const high = Math.max(Math.ceil(Math.log10(largest)), low + 1);
  return {
    ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
    place: (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from),
  };
}
