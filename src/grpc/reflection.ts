import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { Server } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';

/** The methods of server reflection, in both of its versions: tools of either age are in use. */
export const REFLECTION_PATHS: readonly string[] = [
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
];

/**
 * Adds server reflection (grpc/doc/server-reflection.md). `descriptorSet` is a google.protobuf.FileDescriptorSet;
 * `services` are the ones that are listed.
 */
export function addReflection(
  server: Server,
  options: { readonly descriptorSet: Uint8Array; readonly services: readonly string[] },
): void {
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
  const bytes = Buffer.from(descriptorSet.buffer, descriptorSet.byteOffset, descriptorSet.byteLength);
  const files: Buffer[] = [];
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field] = reader.tag();
    if (field !== 1) throw new Error('not a file descriptor set');
    files.push(Buffer.from(reader.bytes()));
  }
  return files;
}
