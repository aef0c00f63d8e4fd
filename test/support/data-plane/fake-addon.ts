import type { NativeHandle } from '../../../src/addon/addon.ts';
import {
  SCRIPT_EVENTS,
  type NativeCallCounter,
  type NativeDataPlaneOptions,
  type NativeDataPlaneStats,
  type NativeIncident,
  type NativeProfilePolicy,
  type ScriptEventKind,
} from '../../../src/addon/data-plane.ts';
import type { DataPlaneAddon } from '../../../src/data-plane/data-plane-addon.ts';
import type { TraceHeaders } from '../../../src/telemetry/tracing/trace-parent.ts';
import { deferred, type Deferred } from '../deferred.ts';

/** How a call of the script ended. */
export type ScriptEnd =
  | { readonly kind: 'answer'; readonly response: Uint8Array }
  | { readonly kind: 'end' }
  | {
      readonly kind: 'fail';
      readonly status: number;
      readonly details: string;
      readonly code: string;
      readonly incident: string;
    };

/** A call as the fake holds it. */
interface FakeCall {
  readonly sent: Uint8Array[];
  readonly ended: Deferred<ScriptEnd>;
  open: boolean;
}

/**
 * The data plane of the addon without threads and sockets. It keeps the contract of src/addon/data-plane.ts: one wake-up
 * until everything has been taken, answers of calls that have gone ignored, and no use after its end.
 */
export class FakeDataPlane implements DataPlaneAddon {
  options: NativeDataPlaneOptions | undefined;
  policies: readonly NativeProfilePolicy[] = [];
  serving = false;
  readonly listening: number[] = [];
  readonly closedDescriptors: number[] = [];
  /** What binding answers with in place of a descriptor, the first one first. */
  readonly bindErrors: string[] = [];
  /** What is refused when it is listened on. */
  readonly unusable = new Set<number>();
  /** Messages of one call that may be sent before its reader is slow. */
  room = Number.POSITIVE_INFINITY;
  /** Resolves a drain; by itself it resolves at once. */
  drained: Promise<number> = Promise.resolve(0);
  drains: number[] = [];
  counted: NativeCallCounter[] = [];
  closed = false;
  readonly #handle = {} as NativeHandle;
  readonly #calls = new Map<number, FakeCall>();
  #events: unknown[] = [];
  #lines: string[] = [];
  #spans: unknown[][] = [];
  #incidents: NativeIncident[] = [];
  #faults: string[] = [];
  #awake = false;
  #nextDescriptor = 100;
  #lastToken = 0;
  #finished = 0;

  compilePolicy(): NativeHandle {
    return {} as NativeHandle;
  }

  dataPlaneStart(options: NativeDataPlaneOptions): NativeHandle {
    if (this.options !== undefined) throw new Error('one fake is one data plane');
    this.options = options;
    return this.#handle;
  }

  dataPlaneInstallPolicies(plane: NativeHandle, policies: readonly NativeProfilePolicy[]): void {
    this.#check(plane);
    this.policies = policies;
  }

  dataPlaneSetServing(plane: NativeHandle, serving: boolean): void {
    this.#check(plane);
    this.serving = serving;
  }

  listenUnix(): number {
    const code = this.bindErrors.shift();
    if (code !== undefined) throw Object.assign(new Error(code), { code });
    this.#nextDescriptor += 1;
    return this.#nextDescriptor;
  }

  dataPlaneListen(plane: NativeHandle, descriptor: number): void {
    this.#check(plane);
    if (this.unusable.has(descriptor)) {
      throw Object.assign(new Error('not a socket'), { code: 'INPUT_INVALID' });
    }
    this.listening.push(descriptor);
  }

  closeDescriptor(descriptor: number): void {
    this.closedDescriptors.push(descriptor);
  }

  dataPlaneStopListening(plane: NativeHandle): void {
    this.#check(plane);
    this.listening.length = 0;
  }

  dataPlaneTakeEvents(plane: NativeHandle): unknown[] {
    this.#check(plane);
    // A few at a time, as the addon does.
    return this.#taken(this.#events.splice(0, 7 * 4));
  }

  dataPlaneAnswer(plane: NativeHandle, token: number, response: Uint8Array): void {
    this.#check(plane);
    this.#end(token, { kind: 'answer', response });
  }

  dataPlaneSend(plane: NativeHandle, token: number, response: Uint8Array): boolean {
    this.#check(plane);
    const call = this.#calls.get(token);
    if (call?.open !== true) return false;
    call.sent.push(response);
    return call.sent.length < this.room;
  }

  dataPlaneEnd(plane: NativeHandle, token: number): void {
    this.#check(plane);
    this.#end(token, { kind: 'end' });
  }

  dataPlaneFail(
    plane: NativeHandle,
    token: number,
    status: number,
    details: string,
    code: string,
    incident: string,
  ): void {
    this.#check(plane);
    this.#end(token, { kind: 'fail', status, details, code, incident });
  }

  dataPlaneTakeLines(plane: NativeHandle): string {
    this.#check(plane);
    return this.#taken(this.#lines.splice(0, 1)).join('');
  }

  dataPlaneTakeSpans(plane: NativeHandle): unknown[] {
    this.#check(plane);
    return this.#taken(this.#spans.splice(0, 1)).flat();
  }

  dataPlaneTakeIncidents(plane: NativeHandle): NativeIncident[] {
    this.#check(plane);
    return this.#taken(this.#incidents.splice(0, 1));
  }

  dataPlaneTakeFaults(plane: NativeHandle): string[] {
    this.#check(plane);
    return this.#taken(this.#faults.splice(0, 1));
  }

  dataPlaneStats(plane: NativeHandle): NativeDataPlaneStats {
    this.#check(plane);
    const running = [...this.#calls.values()].filter(({ open }) => open).length;
    return {
      connections: 1,
      runningCalls: running,
      finishedCalls: this.#finished,
      lostRecords: 0,
    };
  }

  dataPlaneCounters(plane: NativeHandle): NativeCallCounter[] {
    this.#check(plane);
    return this.counted;
  }

  async dataPlaneDrain(plane: NativeHandle, milliseconds: number): Promise<number> {
    this.#check(plane);
    if (this.drains.length > 0) throw new Error('drained twice');
    this.drains.push(milliseconds);
    return await this.drained;
  }

  dataPlaneClose(plane: NativeHandle): void {
    if (plane !== this.#handle) throw new Error('not the handle of this data plane');
    this.closed = true;
  }

  /** A caller begins a call of a method with a request; how the call ends. */
  request(path: string, message: Uint8Array, deadline = 0, headers?: TraceHeaders): FakeScriptCall {
    const method = this.options?.methods.findIndex((row) => row.path === path) ?? -1;
    return this.requestOf(method, message, deadline, headers);
  }

  /** A caller opens a bidirectional call and closes it without a word. */
  silence(): FakeScriptCall {
    const call = this.#begin(0);
    call.tell('halfClosed');
    return call;
  }

  /** The same by index, which may be one of no method. */
  requestOf(
    method: number,
    message: unknown,
    deadline = 0,
    headers?: TraceHeaders,
  ): FakeScriptCall {
    const call = this.#begin(method);
    this.#event('request', call.token, method, deadline, message, headers);
    return call;
  }

  #begin(method: number): FakeScriptCall {
    this.#lastToken += 1;
    const token = this.#lastToken;
    const call: FakeCall = { sent: [], ended: deferred<ScriptEnd>(), open: true };
    this.#calls.set(token, call);
    return {
      token,
      sent: call.sent,
      ended: call.ended.promise,
      more: (further) => {
        this.#event('request', token, method, 0, further);
      },
      tell: (kind) => {
        if (kind === 'cancelled' || kind === 'deadlineExceeded') call.open = false;
        this.#event(kind, token, method, 0, undefined);
      },
    };
  }

  /** An event of any shape. */
  raw(...event: readonly unknown[]): void {
    this.#events.push(...event);
    this.#wake();
  }

  logs(...lines: readonly string[]): void {
    this.#lines.push(...lines);
    this.#wake();
  }

  /** A call that has become a span, in the entries of the addon. */
  span(...entries: readonly unknown[]): void {
    this.#spans.push([...entries]);
    this.#wake();
  }

  incident(incident: NativeIncident): void {
    this.#incidents.push(incident);
    this.#wake();
  }

  fault(...texts: readonly string[]): void {
    this.#faults.push(...texts);
    this.#wake();
  }

  /** How often the script was woken. */
  wakes = 0;

  #event(
    kind: ScriptEventKind,
    token: number,
    method: number,
    deadline: number,
    message: unknown,
    { traceparent, tracestate }: TraceHeaders = { traceparent: '', tracestate: '' },
  ): void {
    const number = SCRIPT_EVENTS.indexOf(kind);
    this.raw(number, token, method, deadline, message, traceparent, tracestate);
  }

  #wake(): void {
    if (this.#awake) return;
    this.#awake = true;
    this.wakes += 1;
    this.options?.onWork();
  }

  /** Sleeps again when nothing is left to take. */
  #taken<T>(taken: T): T {
    const left = [this.#events, this.#lines, this.#spans, this.#incidents, this.#faults];
    if (left.every(({ length }) => length === 0)) this.#awake = false;
    return taken;
  }

  #end(token: number, end: ScriptEnd): void {
    const call = this.#calls.get(token);
    if (call?.open !== true) return;
    call.open = false;
    this.#finished += 1;
    call.ended.resolve(end);
  }

  #check(plane: NativeHandle): void {
    if (plane !== this.#handle) throw new Error('not the handle of this data plane');
    if (this.closed)
      throw Object.assign(new Error('the data plane is closed'), { code: 'INTERNAL' });
  }
}

/** A call as its caller sees it. */
export interface FakeScriptCall {
  readonly token: number;
  readonly sent: readonly Uint8Array[];
  readonly ended: Promise<ScriptEnd>;
  /** A further request of a bidirectional call. */
  more(message: Uint8Array): void;
  tell(kind: Exclude<ScriptEventKind, 'request'>): void;
}
