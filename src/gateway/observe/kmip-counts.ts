import { resultReason, type Failure } from '../../kmip/failure.ts';
import { operationName, resultReasonName } from '../../kmip/tables/names.ts';
import type { Counter, Histogram, Metrics } from '../../telemetry/metrics/metrics.ts';

/** Label of an operation, or of a reason, that no version of KMIP has: what a client makes up is no series. */
const UNKNOWN = 'unknown';
/** Label of messages that were refused as a whole. */
const MESSAGE = 'message';
const SUCCESS = 'success';

/** What is counted of one operation, looked up once. */
interface OperationCounts {
  readonly name: string;
  readonly duration: Histogram;
  readonly results: Map<number | undefined, Counter>;
}

/** Counts KMIP operations by name and result. */
export class KmipCounts {
  readonly #metrics: Metrics;
  readonly #operations = new Map<number | undefined, OperationCounts>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** `reason`: Result Reason as the client sees it; undefined: it went well. */
  item(operation: number, reason: number | undefined): void {
    const { name, results } = this.#of(operation);
    const known = results.get(reason);
    if (known !== undefined) {
      known.add();
      return;
    }
    const result = resultName(reason);
    const counter = this.#metrics.counter('krypton_kmip_requests_total', {
      ...{ operation: name, result },
    });
    // A Core may send any number as a reason.
    if (result !== UNKNOWN) results.set(reason, counter);
    counter.add();
  }

  /** A message was refused as a whole. */
  message(reason: number): void {
    const labels = { operation: MESSAGE, result: resultName(reason) };
    this.#metrics.counter('krypton_kmip_requests_total', labels).add();
  }

  /** The same of one that nobody has read, so that the names of the newest version stand for all. */
  unread(failure: Failure): void {
    this.message(resultReason(failure, 21));
  }

  /** The time of a message, by its first operation. */
  took(operation: number, milliseconds: number): void {
    this.#of(operation).duration.record(milliseconds / 1000);
  }

  #of(operation: number): OperationCounts {
    return this.#operations.get(operation) ?? this.#add(operation);
  }

  #add(operation: number): OperationCounts {
    const name = operationName(operation) ?? UNKNOWN;
    const made = {
      name,
      duration: this.#metrics.histogram('krypton_kmip_request_duration_seconds', {
        operation: name,
      }),
      results: new Map<number | undefined, Counter>(),
    };
    if (name !== UNKNOWN) this.#operations.set(operation, made);
    return made;
  }
}

function resultName(reason: number | undefined): string {
  return reason === undefined ? SUCCESS : (resultReasonName(reason) ?? UNKNOWN);
}
