import { BinaryReader } from '@bufbuild/protobuf/wire';
import { BrokerError } from '../errors/index.ts';
import type { BidirectionalMethod } from './method.ts';
import { checkMessage, type MessageShape } from './strict-decode.ts';

export interface ReflectionOptions {
  /** A google.protobuf.FileDescriptorSet. */
  readonly descriptorSet: Uint8Array;
  /** The services that are listed. */
  readonly services: readonly string[];
}

/** Both versions of server reflection: tools of either age are in use. */
const PATHS = [
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
] as const;

/** One request of a reflection stream in, its response out. */
type Answer = (request: Uint8Array) => Uint8Array;

/**
 * The methods of server reflection (grpc/doc/server-reflection.md). Its library brings a second protobuf implementation,
 * which would cost every start a good part of its time; so it is loaded when somebody asks for the first time.
 */
export function reflectionMethods(options: ReflectionOptions): readonly BidirectionalMethod[] {
  let loaded: Promise<ReadonlyMap<string, Answer>> | undefined;
  return PATHS.map((path) => ({
    kind: 'bidirectional',
    path,
    secret: false,
    begin: async () => {
      loaded ??= loadAnswers(options);
      const answer = (await loaded).get(path);
      if (answer === undefined) throw new Error('the reflection library serves another path');
      return answer;
    },
  }));
}

/**
 * The library as functions of bytes: it adds its services to a "server" that only takes down what it is given, and its
 * handlers answer each message of a stream at once.
 */
async function loadAnswers(options: ReflectionOptions): Promise<ReadonlyMap<string, Answer>> {
  const { ReflectionService } = await import('@grpc/reflection');
  const files = { fileDescriptorProtos: filesOf(options.descriptorSet) };
  const service = new ReflectionService(
    // The one member that is read of a package definition.
    { files } as unknown as ConstructorParameters<typeof ReflectionService>[0],
    { services: [...options.services] },
  );
  const answers = new Map<string, Answer>();
  service.addToServer({
    addService: (definition, implementation) => {
      for (const [name, method] of Object.entries(definition)) {
        answers.set(method.path, answerOf(method, implementation[name] as StreamHandler));
      }
    },
  });
  return answers;
}

interface MessageCodec {
  readonly requestDeserialize: (bytes: Buffer) => unknown;
  readonly responseSerialize: (message: never) => Buffer;
}

/** What a handler of the library does to the stream of a call. */
interface HandlerStream {
  on(event: string, listener: (message: unknown) => void): void;
  write(message: unknown): void;
  end(): void;
}

type StreamHandler = (stream: HandlerStream) => void;

function answerOf(codec: MessageCodec, handler: StreamHandler): Answer {
  return (request) => {
    const message = decode(codec, request);
    let response: unknown;
    let listener: ((message: unknown) => void) | undefined;
    handler({
      on: (event, onMessage) => {
        if (event === 'data') listener = onMessage;
      },
      write: (written) => {
        response = written;
      },
      end: () => undefined,
    });
    listener?.(message);
    if (response === undefined) throw new Error('the reflection library did not answer at once');
    return codec.responseSerialize(response as never);
  };
}

/** A ServerReflectionRequest, which is the same in both versions. */
const REQUEST: MessageShape = {
  1: 'string',
  3: 'string',
  4: 'string',
  5: { 1: 'string' },
  6: 'string',
  7: 'string',
};

function decode(codec: MessageCodec, request: Uint8Array): unknown {
  checkMessage(request, REQUEST);
  try {
    return codec.requestDeserialize(
      Buffer.from(request.buffer, request.byteOffset, request.byteLength),
    );
  } catch (cause) {
    throw new BrokerError(
      'MESSAGE_MALFORMED',
      'message: not a valid request: a value is out of range',
      {
        cause,
      },
    );
  }
}

/** The entries of a FileDescriptorSet (field 1, length-delimited), each as the bytes it was made of. */
function filesOf(descriptorSet: Uint8Array): Buffer[] {
  const bytes = Buffer.from(
    descriptorSet.buffer,
    descriptorSet.byteOffset,
    descriptorSet.byteLength,
  );
  const files: Buffer[] = [];
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field] = reader.tag();
    if (field !== 1) throw new Error('not a file descriptor set');
    files.push(Buffer.from(reader.bytes()));
  }
  return files;
}
