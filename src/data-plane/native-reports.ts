import type { NativeHandle } from '../addon/addon.ts';
import type { NativeIncident } from '../addon/data-plane.ts';
import { BrokerError } from '../errors/index.ts';
import { traceCall } from '../grpc/call-span.ts';
import type { FaultObserver, Incident } from '../grpc/transport.ts';
import type { LineSink } from '../telemetry/log-writer.ts';
import type { Tracer } from '../telemetry/tracing/tracer.ts';
import type { DataPlaneAddon } from './data-plane-addon.ts';
import { endedCalls } from './native-spans.ts';

export interface NativeReportsOptions {
  readonly addon: DataPlaneAddon;
  readonly plane: NativeHandle;
  /** Takes the lines of calls that were answered natively, in their JSON form. */
  readonly lines: LineSink;
  /** Makes spans of the calls that were answered natively. */
  readonly tracer: Tracer;
  /** The short name of the method at a path. */
  readonly nameOf: (path: string) => string;
  readonly onIncident: (incident: Incident) => void;
  readonly onFault: FaultObserver;
}

/** Bytes of log lines that are taken in one step. */
const MAX_LINES_BYTES = 256 * 1024;

/** What the data plane has to say of the calls that it answers by itself, and of those that are none. */
export class NativeReports {
  readonly #options: NativeReportsOptions;

  constructor(options: NativeReportsOptions) {
    this.#options = options;
  }

  /** Passes on what there is, or part of it; true when there was something. */
  take(): boolean {
    const { addon, plane, lines, tracer, nameOf, onIncident, onFault } = this.#options;
    const text = addon.dataPlaneTakeLines(plane, MAX_LINES_BYTES);
    if (text !== '') lines.write(text);
    const spans = tracer.enabled ? addon.dataPlaneTakeSpans(plane) : [];
    for (const call of endedCalls(spans, nameOf)) traceCall(tracer, call);
    const incidents = addon.dataPlaneTakeIncidents(plane);
    for (const incident of incidents) onIncident(toIncident(incident));
    const faults = addon.dataPlaneTakeFaults(plane);
    for (const fault of faults) onFault(fault);
    return text !== '' || spans.length > 0 || incidents.length > 0 || faults.length > 0;
  }
}

function toIncident({ path, incident, cause, coreFault }: NativeIncident): Incident {
  return {
    path,
    id: incident,
    cause,
    ...(coreFault && { coreFault: new BrokerError('SELF_CHECK_FAILED', cause) }),
  };
}
