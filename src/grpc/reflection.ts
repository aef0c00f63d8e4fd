import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { Server } from '@grpc/grpc-js';

/** The methods of server reflection, in both of its versions: tools of either age are in use. */
export const REFLECTION_PATHS: readonly string[] = [
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
];

export interface ReflectionOptions {
  /** A google.protobuf.FileDescriptorSet. */
  readonly descriptorSet: Uint8Array;
  /** The services that are listed. */
  readonly services: readonly string[];
}

/**
 * Adds server reflection (grpc/doc/server-reflection.md). Its library brings a second protobuf implementation, which
 * would cost every start a good part of its time; so it is loaded here, when somebody asks.
 */
export async function addReflection(server: Server, options: ReflectionOptions): Promise<void> {
  const { ReflectionService } = await import('@grpc/reflection');
  const files = { fileDescriptorProtos: filesOf(options.descriptorSet) };
  const service = new ReflectionService(
    // The one member that is read of a package definition.
    { files } as unknown as ConstructorParameters<typeof ReflectionService>[0],
    { services: [...options.services] },
  );
  service.addToServer(server);
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
