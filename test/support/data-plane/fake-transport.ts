import { nativeTransport, type NativeTransport } from '../../../src/data-plane/native-transport.ts';
import { HealthRegistry } from '../../../src/grpc/health-registry.ts';
import type { Method } from '../../../src/grpc/method.ts';
import type { CallRecord } from '../../../src/grpc/run-call.ts';
import type { Incident } from '../../../src/grpc/transport.ts';
import { PolicySnapshot, type Profile } from '../../../src/profile/index.ts';
import { NO_TRACER, type Tracer } from '../../../src/telemetry/tracing/tracer.ts';
import { FakeDataPlane } from './fake-addon.ts';

export interface FakeTransport {
  readonly addon: FakeDataPlane;
  readonly transport: NativeTransport;
  readonly health: HealthRegistry;
  readonly records: readonly CallRecord[];
  readonly incidents: readonly Incident[];
  readonly faults: readonly (readonly [what: string, error: unknown])[];
  /** Log lines, a write each. */
  readonly lines: readonly string[];
}

export interface FakeTransportOptions {
  readonly methods?: readonly Method[];
  readonly profiles?: readonly Profile[];
  readonly rowsAlone?: boolean;
  readonly logCalls?: boolean;
  /** Default: one that traces nothing. */
  readonly tracer?: Tracer;
  /** In place of taking the record down. */
  readonly observe?: (record: CallRecord) => void;
}

/** The native transport over a data plane that is none. */
export function fakeTransport(options: FakeTransportOptions = {}): FakeTransport {
  const addon = new FakeDataPlane();
  const health = new HealthRegistry(['Test']);
  const records: CallRecord[] = [];
  const incidents: Incident[] = [];
  const faults: [string, unknown][] = [];
  const lines: string[] = [];
  let incidentIds = 0;
  const transport = nativeTransport(
    {
      addon,
      policies: snapshot(options.profiles ?? []),
      threads: 1,
      rowsAlone: options.rowsAlone ?? false,
      ...(options.logCalls !== false && {
        log: { lines: { write: (text) => lines.push(text) }, service: 'test' },
      }),
    },
    {
      methods: options.methods ?? [],
      policy: {
        observe: options.observe ?? ((record) => records.push(record)),
        newIncident: () => {
          incidentIds += 1;
          return `incident-${incidentIds}`;
        },
        monotonicMs: () => 0,
      },
      limits: { maxConcurrentStreams: 7, maxConnections: 9 },
      now: () => 0,
      services: ['Test'],
      health,
      tracer: options.tracer ?? NO_TRACER,
      onIncident: (incident) => incidents.push(incident),
      onFault: (what, error) => faults.push([what, error]),
    },
  );
  return { addon, transport, health, records, incidents, faults, lines };
}

export function snapshot(profiles: readonly Profile[]): PolicySnapshot {
  return new PolicySnapshot({
    profiles,
    warnings: [],
    source: { directory: '/nowhere', fileName: 'Profiles.yaml', shipped: false },
    sha256: '',
  });
}
