import { CallState, type CancelReason } from '../grpc/call-state.ts';
import { FAULTS } from '../grpc/faults.ts';
import type { Method } from '../grpc/method.ts';
import { runBidirectional, runServerStream, runUnary, type CallPolicy } from '../grpc/run-call.ts';
import { failureOf, type Failure } from '../grpc/status.ts';
import type { FaultObserver } from '../grpc/transport.ts';
import type { CallAnswers } from './plane.ts';
import { RequestQueue } from './request-queue.ts';
import type { ScriptEvent } from './script-events.ts';

export interface ScriptCallsOptions {
  /** In the order in which the data plane knows them. */
  readonly methods: readonly Method[];
  readonly policy: CallPolicy;
  readonly answers: CallAnswers;
  readonly onFault: FaultObserver;
}

/** A call under way. */
interface OpenCall {
  readonly state: CallState;
  /** Of a bidirectional call. */
  readonly requests: RequestQueue;
  /** Ends the wait of a stream for its reader. */
  goOn: () => void;
}

const NOTHING = (): void => undefined;

/** Calls that are remembered after their end: more than requests can be on their way from the data plane. */
const REMEMBERED = 4096;

/**
 * The calls that the data plane leaves to the rows of the method table. Each ends exactly once, by an answer, an end or a
 * failure; for a call whose caller has gone that goes nowhere, and its record is written all the same.
 */
export class ScriptCalls {
  readonly #options: ScriptCallsOptions;
  readonly #open = new Map<number, OpenCall>();
  /** Bidirectional calls that ended before their callers had sent everything: what still comes is no new call. */
  readonly #ended = new Set<number>();

  constructor(options: ScriptCallsOptions) {
    this.#options = options;
  }

  /** Takes what has happened to a call further. Of a call that has ended nothing more is expected. */
  handle(event: ScriptEvent): void {
    const call = this.#open.get(event.token);
    if (call !== undefined) take(call, event);
    else if (!this.#ended.has(event.token)) this.#meet(event);
  }

  /** Tells all calls that nobody waits for them. */
  cancelAll(): void {
    for (const call of this.#open.values()) cancel(call, 'CANCELLED');
  }

  /** An event of a call that is not under way. */
  #meet(event: ScriptEvent): void {
    if (event.kind === 'request') this.#begin(event);
    // A conversation in which nothing was said; an end that comes twice goes nowhere.
    else if (event.kind === 'halfClosed') this.#options.answers.end(event.token);
  }

  #begin(event: ScriptEvent): void {
    const { answers, policy } = this.#options;
    const method = this.#options.methods[event.method];
    if (method === undefined || event.message === undefined) {
      const error = new TypeError('the data plane told of a call of no method');
      answers.fail(event.token, this.#fault(error));
      return;
    }
    const call: OpenCall = {
      state: new CallState(method.path, event.deadline),
      requests: new RequestQueue(),
      goOn: NOTHING,
    };
    this.#open.set(event.token, call);
    this.#run(method, event, event.message, call, policy)
      .catch((error: unknown) => {
        answers.fail(event.token, this.#fault(error));
      })
      .finally(() => {
        this.#open.delete(event.token);
        if (method.kind === 'bidirectional') this.#remember(event.token);
      });
  }

  async #run(
    method: Method,
    { token, traceHeaders }: ScriptEvent,
    request: Uint8Array,
    call: OpenCall,
    policy: CallPolicy,
  ): Promise<void> {
    const { answers } = this.#options;
    const context = call.state;
    const startedAt = policy.monotonicMs();
    const send = async (response: Uint8Array): Promise<void> => {
      if (answers.send(token, response) || context.cancelled) return;
      await new Promise<void>((resolve) => {
        call.goOn = resolve;
      });
    };
    switch (method.kind) {
      case 'unary': {
        const incoming = { context, request, startedAt, traceHeaders };
        const outcome = await runUnary(method, incoming, policy);
        if (outcome.ok) answers.answer(token, outcome.response);
        else answers.fail(token, outcome.failure);
        break;
      }
      case 'server-stream': {
        const incoming = { context, request, startedAt, traceHeaders };
        this.#finish(token, await runServerStream(method, incoming, policy, send));
        break;
      }
      case 'bidirectional': {
        call.requests.push(request);
        const incoming = { context, requests: call.requests, startedAt, traceHeaders };
        this.#finish(token, await runBidirectional(method, incoming, policy, send));
        break;
      }
    }
  }

  #remember(token: number): void {
    const [oldest] = this.#ended;
    if (oldest !== undefined && this.#ended.size >= REMEMBERED) this.#ended.delete(oldest);
    this.#ended.add(token);
  }

  #finish(token: number, failure: Failure | undefined): void {
    if (failure === undefined) this.#options.answers.end(token);
    else this.#options.answers.fail(token, failure);
  }

  /** Something failed behind the handlers: reported, and the call ended all the same, so that nobody waits for ever. */
  #fault(error: unknown): Failure {
    this.#options.onFault(FAULTS.callFailed, error);
    return failureOf(error, this.#options.policy.newIncident);
  }
}

function take(call: OpenCall, { kind, message }: ScriptEvent): void {
  switch (kind) {
    case 'request':
      if (message !== undefined) call.requests.push(message);
      break;
    case 'halfClosed':
      call.requests.end();
      break;
    case 'cancelled':
      cancel(call, 'CANCELLED');
      break;
    case 'deadlineExceeded':
      cancel(call, 'DEADLINE_EXCEEDED');
      break;
    case 'writable':
      call.goOn();
      break;
  }
}

function cancel(call: OpenCall, reason: CancelReason): void {
  call.state.end(reason);
  call.requests.end();
  call.goOn();
}
