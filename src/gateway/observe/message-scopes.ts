import { printable } from '../../config/printable.ts';
import type { BeginScope, MessageScope } from '../../kmip/engine/index.ts';
import type { RequestItem, RequestMessage } from '../../kmip/messages/message.ts';
import { namedUid } from '../../kmip/payloads/uid.ts';
import { operationName, resultReasonName } from '../../kmip/tables/names.ts';
import { versionText } from '../../kmip/version.ts';
import type { Span, TraceContext, Tracer } from '../../telemetry/tracing/tracer.ts';
import { clientName, type ClientIdentity } from '../identity/client-identity.ts';
import type { KmipCounts } from './kmip-counts.ts';

export interface MessageScopesOptions {
  readonly counts: KmipCounts;
  readonly tracer: Tracer;
  readonly monotonicMs: () => number;
  /** A new UUID: what a message is called here, and its correlation id when its client names none. */
  readonly newId: () => string;
}

/** Operations that a span names; of a longer batch it has the first ones. */
const MOST_NAMES = 16;

/** Counts, times and traces every message of the KMIP port, and gives it its names. */
export function messageScopes(options: MessageScopesOptions): BeginScope<ClientIdentity> {
  return (client, message, receivedAt) => new Scope(options, client, message, receivedAt);
}

class Scope implements MessageScope {
  readonly serverCorrelationValue: string;
  readonly correlationId: string;
  readonly #options: MessageScopesOptions;
  readonly #message: RequestMessage | undefined;
  readonly #receivedAt: number;
  readonly #span: Span | undefined;
  #failed: number | undefined;
  #uid: string | undefined;

  constructor(
    options: MessageScopesOptions,
    client: ClientIdentity,
    message: RequestMessage | undefined,
    receivedAt: number,
  ) {
    const { tracer, newId } = options;
    this.#options = options;
    this.#message = message;
    this.#receivedAt = receivedAt;
    this.serverCorrelationValue = newId();
    const named = message?.header.clientCorrelationValue;
    this.correlationId =
      named !== undefined && isPlain(named) ? named : this.serverCorrelationValue;
    this.#span = tracer.enabled ? tracer.start(this.#spanStart(client)) : undefined;
  }

  get trace(): TraceContext | undefined {
    return this.#span?.context;
  }

  answered({ operation }: RequestItem, reason: number | undefined, uid?: string): void {
    this.#options.counts.item(operation, reason);
    this.#failed ??= reason;
    this.#uid = uid;
  }

  ended(reason: number | undefined): void {
    const { counts, monotonicMs } = this.#options;
    const [first] = this.#message?.items ?? [];
    if (reason !== undefined) counts.message(reason);
    else if (first !== undefined) counts.took(first.operation, monotonicMs() - this.#receivedAt);
    if (this.#span === undefined) return;
    const failed = reason ?? this.#failed;
    const name = failed === undefined ? undefined : (resultReasonName(failed) ?? String(failed));
    this.#span.end({
      error: name,
      attributes: {
        'kmip.outcome': name === undefined ? 'success' : 'failed',
        'kmip.result_reason': name,
        'kmip.unique_identifier': this.#uniqueIdentifier(),
      },
    });
  }

  /** The object that was made, else the one that was named. Of a batch it would not say whose it is. */
  #uniqueIdentifier(): string | undefined {
    const { items, header } = this.#message ?? { items: [] };
    const [only, ...others] = items;
    if (header === undefined || only === undefined || others.length > 0) return undefined;
    const uid = this.#uid ?? namedUid(only.payload, header.version);
    return uid === undefined ? undefined : printable(uid);
  }

  #spanStart(client: ClientIdentity): Parameters<Tracer['start']>[0] {
    const items = this.#message?.items ?? [];
    const names = items.slice(0, MOST_NAMES).map(({ operation }) => nameOf(operation));
    return {
      name: spanName(names),
      kind: 'server',
      attributes: {
        'kmip.operation': names.length === 0 ? undefined : names.join(','),
        'kmip.version': this.#message && versionText(this.#message.header.version),
        'kmip.batch_count': items.length,
        'kmip.client': clientName(client),
        'kmip.tenant': client.tenantId,
        'kmip.service': client.serviceId,
        'kmip.server_correlation_value': this.serverCorrelationValue,
        correlationId: this.correlationId,
      },
    };
  }
}

function nameOf(operation: number): string {
  return operationName(operation) ?? 'unknown';
}

function spanName([first, second]: readonly string[]): string {
  if (first === undefined) return 'KMIP message';
  return second === undefined ? `KMIP ${first}` : 'KMIP batch';
}

/** What the uplink takes as a correlation id; any other text of a client's is only echoed to it. */
function isPlain(text: string): boolean {
  return /^[\x20-\x7e]{1,255}$/.test(text);
}
