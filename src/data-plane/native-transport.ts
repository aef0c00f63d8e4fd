import {
  SCRIPT_METHOD_KINDS,
  type NativeDataPlaneOptions,
  type NativeScriptMethod,
} from '../addon/data-plane.ts';
import { attempt } from '../addon/native-error.ts';
import { PolicyCompiler } from '../crypto/native/native-policy.ts';
import { methodNames } from '../grpc/method-name.ts';
import type { Method } from '../grpc/method.ts';
import type { DrainResult, ServerParts, Transport } from '../grpc/transport.ts';
import type { PolicySnapshot } from '../profile/index.ts';
import type { LineSink } from '../telemetry/log-writer.ts';
import type { DataPlaneAddon } from './data-plane-addon.ts';
import { callCounter } from './native-counters.ts';
import { NATIVE_PATHS } from './native-methods.ts';
import { NativeReports } from './native-reports.ts';
import { nativeSockets } from './native-sockets.ts';
import { nativeSampling } from './native-spans.ts';
import { Plane } from './plane.ts';
import { policyImage } from './policy-image.ts';
import { ScriptCalls } from './script-calls.ts';
import { scriptEvents } from './script-events.ts';
import { WorkLoop } from './work-loop.ts';

export interface NativeTransportOptions {
  /** Its core must have been started. */
  readonly addon: DataPlaneAddon;
  /** What the native methods go by at first. */
  readonly policies: PolicySnapshot;
  /** Threads that serve connections, 1 or 2. */
  readonly threads: number;
  /** Takes the log lines of calls that are answered natively, in their JSON form; absent: none are made. */
  readonly log?: { readonly lines: LineSink; readonly service: string };
  /** Leaves every method to its row, those that the addon could answer included: for comparison. */
  readonly rowsAlone?: boolean;
}

/** The transport inside the addon, and what it has beyond the interface. */
export interface NativeTransport extends Transport {
  readonly name: 'native';
  /** Replaces all policies of the native methods in one step; calls that have begun keep the old ones. */
  installPolicies(policies: PolicySnapshot): void;
}

/**
 * gRPC on threads of the addon: connections, HTTP/2, limits, deadlines, and the methods that are asked most are served
 * there from the first byte to the last; the other rows of the table are run here, their requests coming in batches.
 */
export function nativeTransport(
  options: NativeTransportOptions,
  parts: ServerParts,
): NativeTransport {
  const { addon, log } = options;
  const methods = parts.methods.filter(
    ({ path }) => options.rowsAlone === true || !NATIVE_PATHS.has(path),
  );
  const handle = attempt(() =>
    addon.dataPlaneStart(
      startOptions(options, parts, methods, () => {
        work.wake();
      }),
    ),
  );
  const plane = new Plane(addon, handle);
  const calls = new ScriptCalls({
    methods,
    policy: parts.policy,
    answers: plane,
    onFault: parts.onFault,
  });
  const reports = new NativeReports({
    addon,
    plane: handle,
    lines: log?.lines ?? { write: () => undefined },
    tracer: parts.tracer,
    nameOf: methodNames(parts.methods),
    onIncident: parts.onIncident,
    onFault: parts.onFault,
  });
  const work = new WorkLoop(() => {
    if (plane.closed) return false;
    const batch = addon.dataPlaneTakeEvents(handle);
    for (const event of scriptEvents(batch)) calls.handle(event);
    return reports.take() || batch.length > 0;
  });
  const compiler = new PolicyCompiler(addon);
  const installPolicies = (policies: PolicySnapshot): void => {
    attempt(() => {
      addon.dataPlaneInstallPolicies(handle, policyImage(policies, compiler));
    });
  };
  installPolicies(options.policies);
  parts.health.observe((status) => {
    plane.setServing(status === 'SERVING');
  });

  let drained: Promise<DrainResult> | undefined;
  return {
    name: 'native',
    ...nativeSockets(addon, plane),
    installPolicies,
    drain: async (milliseconds) => {
      drained ??= drain(plane, work, calls, milliseconds);
      return await drained;
    },
    stats: () => {
      const { connections, runningCalls, finishedCalls, lostRecords } = plane.stats();
      return { connections, runningCalls, finishedCalls, lostRecords };
    },
    counters: () => plane.counters().map(callCounter),
  };
}

function startOptions(
  { threads, log }: NativeTransportOptions,
  { limits, services, tracer }: ServerParts,
  methods: readonly Method[],
  onWork: () => void,
): NativeDataPlaneOptions {
  return {
    methods: methods.map(scriptMethod),
    services,
    maxConcurrentStreams: limits.maxConcurrentStreams,
    maxConnections: limits.maxConnections,
    threads,
    logCalls: log !== undefined,
    service: log?.service ?? '',
    ...(tracer.enabled && { spans: nativeSampling(tracer.sampling) }),
    onWork,
  };
}

const KINDS = {
  unary: 'unary',
  'server-stream': 'serverStream',
  bidirectional: 'bidirectional',
} as const satisfies Record<Method['kind'], (typeof SCRIPT_METHOD_KINDS)[number]>;

function scriptMethod({ path, kind, secret }: Method): NativeScriptMethod {
  return { path, kind: SCRIPT_METHOD_KINDS.indexOf(KINDS[kind]), secret };
}

/** What ended last is still told and logged before the data plane goes. */
async function drain(
  plane: Plane,
  work: WorkLoop,
  calls: ScriptCalls,
  milliseconds: number,
): Promise<DrainResult> {
  const cutOff = await plane.drain(milliseconds);
  work.finish();
  calls.cancelAll();
  plane.close();
  return { cutOff };
}
