import type { NativeHandle } from '../addon/addon.ts';
import type { NativeCallCounter, NativeDataPlaneStats } from '../addon/data-plane.ts';
import { STATUS_NUMBERS, type Failure } from '../grpc/status.ts';
import type { DataPlaneAddon } from './data-plane-addon.ts';

/** What ends or continues a call that the script answers. Answers that come too late go nowhere. */
export interface CallAnswers {
  answer(token: number, response: Uint8Array): void;
  /** False: wait for the event `writable` before the next message, or the call has gone. */
  send(token: number, response: Uint8Array): boolean;
  end(token: number): void;
  fail(token: number, failure: Failure): void;
}

/** A data plane of the addon from its start to its end, after which its handle is not touched any more. */
export class Plane implements CallAnswers {
  readonly #addon: DataPlaneAddon;
  readonly #handle: NativeHandle;
  #last:
    | { readonly stats: NativeDataPlaneStats; readonly counters: readonly NativeCallCounter[] }
    | undefined;

  constructor(addon: DataPlaneAddon, handle: NativeHandle) {
    this.#addon = addon;
    this.#handle = handle;
  }

  get closed(): boolean {
    return this.#last !== undefined;
  }

  answer(token: number, response: Uint8Array): void {
    if (!this.closed) this.#addon.dataPlaneAnswer(this.#handle, token, response);
  }

  send(token: number, response: Uint8Array): boolean {
    return !this.closed && this.#addon.dataPlaneSend(this.#handle, token, response);
  }

  end(token: number): void {
    if (!this.closed) this.#addon.dataPlaneEnd(this.#handle, token);
  }

  fail(token: number, { status, details, code, incident = '' }: Failure): void {
    if (this.closed) return;
    const number = STATUS_NUMBERS[status];
    this.#addon.dataPlaneFail(this.#handle, token, number, details, code, incident);
  }

  listen(descriptor: number): void {
    this.#addon.dataPlaneListen(this.#handle, descriptor);
  }

  stopListening(): void {
    if (!this.closed) this.#addon.dataPlaneStopListening(this.#handle);
  }

  setServing(serving: boolean): void {
    if (!this.closed) this.#addon.dataPlaneSetServing(this.#handle, serving);
  }

  stats(): NativeDataPlaneStats {
    return this.#last?.stats ?? this.#addon.dataPlaneStats(this.#handle);
  }

  counters(): readonly NativeCallCounter[] {
    return this.#last?.counters ?? this.#addon.dataPlaneCounters(this.#handle);
  }

  async drain(milliseconds: number): Promise<number> {
    return await this.#addon.dataPlaneDrain(this.#handle, milliseconds);
  }

  close(): void {
    if (this.closed) return;
    this.#last = { stats: this.stats(), counters: this.counters() };
    this.#addon.dataPlaneClose(this.#handle);
  }
}
