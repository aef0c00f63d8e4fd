import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { ISerializer } from '@opentelemetry/otlp-transformer';
import { BATCHES } from '../bounded-batches.ts';

/** Sends one encoded request to a collector, within the time it was made for. Rejects with a `SendFailure`. */
export interface Sender {
  send(body: Uint8Array): Promise<void>;
  close(): void;
}

/** Why something did not arrive, in words without an address, a header or what the collector said. */
export class SendFailure extends Error {
  override readonly name = 'SendFailure';
  /** The same request may succeed a little later. */
  readonly again: boolean;

  constructor(words: string, { again = false }: { readonly again?: boolean } = {}) {
    super(words);
    this.again = again;
  }
}

/**
 * Requests under way at a time: a collector that does not answer must not fill the memory. At the end a full queue leaves at
 * once, beside the batch that is on its way.
 */
const MOST_UNDER_WAY = BATCHES + 1;

/** An exporter of the SDK: encodes with the SDK's protobuf serializer and sends. */
export class OtlpExporter<Items> {
  readonly #serializer: ISerializer<Items, unknown>;
  readonly #sender: Sender;
  readonly #underWay = new Set<Promise<void>>();

  constructor(serializer: ISerializer<Items, unknown>, sender: Sender) {
    this.#serializer = serializer;
    this.#sender = sender;
  }

  export(items: Items, done: (result: ExportResult) => void): void {
    if (this.#underWay.size >= MOST_UNDER_WAY) {
      done(failed(new SendFailure('the collector has not answered earlier requests')));
      return;
    }
    const body = this.#serializer.serializeRequest(items);
    if (body === undefined) {
      done(failed(new SendFailure('cannot be encoded')));
      return;
    }
    const finish = (result: ExportResult): void => {
      this.#underWay.delete(sending);
      done(result);
    };
    const sending = this.#sender.send(body).then(
      () => {
        finish({ code: ExportResultCode.SUCCESS });
      },
      (error: unknown) => {
        finish(failed(error));
      },
    );
    this.#underWay.add(sending);
  }

  async forceFlush(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async shutdown(): Promise<void> {
    await this.forceFlush();
    this.#sender.close();
  }
}

function failed(error: unknown): ExportResult {
  return {
    code: ExportResultCode.FAILED,
    error: error instanceof Error ? error : new SendFailure('unknown'),
  };
}
