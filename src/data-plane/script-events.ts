import { SCRIPT_EVENTS, type ScriptEventKind } from '../addon/data-plane.ts';
import type { TraceHeaders } from '../telemetry/tracing/trace-parent.ts';

/** What happened to a call that the script answers. */
export interface ScriptEvent {
  readonly kind: ScriptEventKind;
  readonly token: number;
  /** Index of the method in the table that the data plane was started with. */
  readonly method: number;
  /** Milliseconds since 1970; absent: the caller waits for ever. */
  readonly deadline: number | undefined;
  /** Of requests. */
  readonly message: Uint8Array | undefined;
  /** Of requests of calls that are traced. */
  readonly traceHeaders: TraceHeaders | undefined;
}

/** Entries of one event in a batch. */
const WIDTH = 7;

/** The events of a batch as the addon hands them over; throws TypeError for what is none. */
export function* scriptEvents(batch: readonly unknown[]): Generator<ScriptEvent> {
  for (let at = 0; at < batch.length; at += WIDTH) {
    const [kind, token, method, deadline, message, parent, state] = batch.slice(at, at + WIDTH);
    yield {
      kind: kindOf(kind),
      token: numberOf(token),
      method: numberOf(method),
      deadline: numberOf(deadline) || undefined,
      message: message === undefined ? undefined : bytesOf(message),
      traceHeaders:
        parent === '' ? undefined : { traceparent: textOf(parent), tracestate: textOf(state) },
    };
  }
}

function kindOf(value: unknown): ScriptEventKind {
  const kind = SCRIPT_EVENTS[numberOf(value)];
  if (kind === undefined) throw new TypeError('the data plane told of an unknown kind of event');
  return kind;
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new TypeError('the data plane told of an event without its numbers');
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError('the data plane told of an event without its texts');
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new TypeError('the data plane told of a request that is not bytes');
}
