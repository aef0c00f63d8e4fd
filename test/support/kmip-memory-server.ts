import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { AttributeSet } from '../../src/kmip/attributes/attribute-set.ts';
import { matches } from '../../src/kmip/attributes/matches.ts';
import {
  createEngine,
  type EngineOptions,
  type ItemContext,
  type ItemResult,
} from '../../src/kmip/engine/index.ts';
import { KmipFailure } from '../../src/kmip/failure.ts';
import { namedVersion } from '../../src/kmip/messages/protocol-version.ts';
import { activate } from '../../src/kmip/payloads/activate.ts';
import { create } from '../../src/kmip/payloads/create.ts';
import { destroy } from '../../src/kmip/payloads/destroy.ts';
import { discoverVersions } from '../../src/kmip/payloads/discover-versions.ts';
import { getAttributeList } from '../../src/kmip/payloads/get-attribute-list.ts';
import { getAttributes } from '../../src/kmip/payloads/get-attributes.ts';
import { get } from '../../src/kmip/payloads/get.ts';
import { locate } from '../../src/kmip/payloads/locate.ts';
import type { ReadManagedObject } from '../../src/kmip/payloads/managed-object.ts';
import type { PayloadCodec, UidReference } from '../../src/kmip/payloads/payload-codec.ts';
import { query } from '../../src/kmip/payloads/query.ts';
import { register } from '../../src/kmip/payloads/register.ts';
import { revoke } from '../../src/kmip/payloads/revoke.ts';
import {
  KEY_FORMAT_TYPE,
  OBJECT_TYPE,
  REVOCATION_REASON_CODE,
  STATE,
} from '../../src/kmip/tables/enumerations.ts';
import { TtlvReader } from '../../src/kmip/ttlv/reader.ts';
import { KMIP_VERSIONS } from '../../src/kmip/version.ts';
import {
  createGate,
  DEFAULT_SESSION_LIMITS,
  serveConnection,
  type SessionClock,
} from '../../src/kmip-session/index.ts';

/** What a server needs to know of itself and its clients, in PEM. */
export interface ServerCredentials {
  readonly ca: string | Buffer;
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

export interface MemoryServer {
  readonly port: number;
  readonly faults: readonly unknown[];
  stop(): Promise<void>;
}

/**
 * A KMIP server of our codec, engine and session that keeps its objects in memory, without identities or rules: something
 * to test clients against, and the engine from the outside.
 */
export async function startMemoryServer(
  { ca, cert, key }: ServerCredentials,
  options: Pick<EngineOptions<undefined>, 'supportedVersions'> = {},
): Promise<MemoryServer> {
  const faults: unknown[] = [];
  const onFault = (error: unknown): void => {
    faults.push(error);
  };
  const monotonicMs = (): number => performance.now();
  const engine = createEngine<undefined>({
    ...options,
    executor: memoryExecutor(),
    clock: { now: () => Date.now(), monotonicMs },
    onFault,
  });
  const gate = createGate(
    {
      connections: 100,
      connectionsPerIdentity: 100,
      requestsPerSecond: 1e6,
      requestBurst: 1e6,
      bufferedBytes: 1e8,
    },
    monotonicMs,
  );
  const server = createServer(
    { ca, cert, key, requestCert: true, minVersion: 'TLSv1.2' },
    (socket) => {
      socket.setNoDelay(true);
      const place = gate.enter();
      if (place?.identify('anybody') !== true) throw new Error('the gate is closed');
      serveConnection(socket, {
        handler: {
          handle: (request, deadline) => engine.handle(request, undefined, deadline),
          refuse: (...refusal) => engine.refuse(...refusal),
        },
        limits: DEFAULT_SESSION_LIMITS,
        clock: systemClock,
        place,
        onFault,
      });
    },
  );
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    faults,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

const systemClock: SessionClock = {
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};

/** An object of the server. */
interface Stored {
  readonly attributes: AttributeSet;
  /** Absent once it is destroyed. */
  readonly object: ReadManagedObject | undefined;
}

type Context = ItemContext<undefined>;
type Run = (payload: Uint8Array, context: Context) => ItemResult;

/** Keeps objects in memory. */
export function memoryExecutor(): EngineOptions<undefined>['executor'] {
  const store = new Map<string, Stored>();
  let made = 0;

  function handler<Request, Response, ReadRequest extends Request, ReadResponse extends Response>(
    codec: PayloadCodec<Request, Response, ReadRequest, ReadResponse>,
    run: (request: ReadRequest, context: Context) => { response: Response; placeholder?: string },
  ): [number, Run] {
    return [
      codec.operation,
      (payload, context) => {
        const request = codec.decodeRequest(new TtlvReader(payload), context.version);
        const { response, placeholder } = run(request, context);
        return {
          kind: 'success',
          ...(placeholder === undefined ? {} : { placeholder }),
          writePayload: (writer) => {
            codec.encodeResponse(writer, response, context.version);
          },
        };
      },
    ];
  }

  function find(reference: UidReference, { placeholder }: Context): [string, Stored] {
    const uid = reference.kind === 'text' ? reference.uid : (placeholder ?? '');
    const stored = store.get(uid);
    if (stored === undefined) throw new KmipFailure('itemNotFound', 'there is no such object');
    return [uid, stored];
  }

  function keep(attributes: AttributeSet, object: ReadManagedObject, objectType: number): string {
    made += 1;
    const uid = `object-${made}`;
    store.set(uid, {
      object,
      attributes: attributes
        .with('Unique Identifier', { type: 'textString', value: uid })
        .with('Object Type', { type: 'enumeration', value: objectType })
        .with('State', { type: 'enumeration', value: STATE.preActive }),
    });
    return uid;
  }

  function changeState(
    reference: UidReference,
    context: Context,
    state: number,
    from: readonly number[],
  ): { response: { uid: string } } {
    const [uid, { attributes, object }] = find(reference, context);
    if (!from.includes(attributes.enumeration('State') ?? 0)) {
      throw new KmipFailure('wrongState', 'the state of the object does not allow it');
    }
    store.set(uid, {
      attributes: attributes.with('State', { type: 'enumeration', value: state }),
      object: state === STATE.destroyed ? undefined : object,
    });
    return { response: { uid } };
  }

  const offered: number[] = [];
  const handlers = new Map<number, Run>([
    handler(create, ({ objectType, attributes }) => {
      const length = attributes.integer('Cryptographic Length') ?? 0;
      const uid = keep(attributes, newKey(attributes, length), objectType);
      return { response: { objectType, uid }, placeholder: uid };
    }),
    handler(register, ({ attributes, object }) => {
      const uid = keep(attributes, copyOf(object), OBJECT_TYPE.symmetricKey);
      return { response: { uid }, placeholder: uid };
    }),
    handler(get, (request, context) => {
      const [uid, { object }] = find(request.uid, context);
      if (object === undefined) throw new KmipFailure('objectDestroyed', 'the object is destroyed');
      return { response: { uid, object } };
    }),
    handler(getAttributes, (request, context) => {
      const [uid, { attributes }] = find(request.uid, context);
      const { names } = request;
      return {
        response: { uid, attributes: names.length === 0 ? attributes : attributes.select(names) },
      };
    }),
    handler(getAttributeList, (request, context) => {
      const [uid, { attributes }] = find(request.uid, context);
      return { response: { uid, names: attributes.names() } };
    }),
    handler(locate, ({ filters }) => {
      const uids = [...store]
        .filter(([, { attributes }]) => matches(attributes, filters))
        .map(([uid]) => uid);
      const [first] = uids;
      return {
        response: { uids, locatedItems: uids.length },
        ...(uids.length === 1 && first !== undefined ? { placeholder: first } : {}),
      };
    }),
    handler(activate, ({ uid }, context) =>
      changeState(uid, context, STATE.active, [STATE.preActive]),
    ),
    handler(revoke, ({ uid, reasonCode }, context) => {
      const compromised = reasonCode === REVOCATION_REASON_CODE.keyCompromise;
      const state = compromised ? STATE.compromised : STATE.deactivated;
      return changeState(uid, context, state, [STATE.preActive, STATE.active, STATE.deactivated]);
    }),
    handler(destroy, ({ uid }, context) =>
      changeState(uid, context, STATE.destroyed, [
        ...[STATE.preActive, STATE.deactivated, STATE.compromised],
      ]),
    ),
    handler(query, () => ({
      response: {
        operations: offered,
        objectTypes: [OBJECT_TYPE.symmetricKey],
        applicationNamespaces: [],
        further: [],
      },
    })),
    handler(discoverVersions, ({ versions }) => ({
      response: {
        versions: KMIP_VERSIONS.map(namedVersion).filter(
          (known) =>
            versions.length === 0 ||
            versions.some(({ major, minor }) => major === known.major && minor === known.minor),
        ),
      },
    })),
  ]);
  offered.push(...handlers.keys());

  return {
    execute(item, context) {
      const run = handlers.get(item.operation);
      if (run === undefined) {
        return Promise.reject(new KmipFailure('operationNotSupported', 'not in memory'));
      }
      return new Promise((resolve) => {
        resolve(run(item.payload, context));
      });
    },
  };
}

function newKey(attributes: AttributeSet, bits: number): ReadManagedObject {
  if (bits % 8 !== 0 || bits < 128 || bits > 256) {
    throw new KmipFailure('invalidAttributeValue', 'no such length');
  }
  const cryptographicAlgorithm = attributes.enumeration('Cryptographic Algorithm');
  return {
    kind: 'symmetric-key',
    keyBlock: {
      keyFormatType: KEY_FORMAT_TYPE.raw,
      keyMaterial: randomBytes(bits / 8),
      attributes: AttributeSet.empty,
      cryptographicLength: bits,
      ...(cryptographicAlgorithm === undefined ? {} : { cryptographicAlgorithm }),
    },
  };
}

/** The request is wiped when it is answered. */
function copyOf(object: ReadManagedObject): ReadManagedObject {
  if (object.kind === 'opaque-object') return { ...object, value: Uint8Array.from(object.value) };
  const keyMaterial = Uint8Array.from(object.keyBlock.keyMaterial);
  return { ...object, keyBlock: { ...object.keyBlock, keyMaterial } };
}
