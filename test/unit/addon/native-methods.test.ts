import { status, type ServiceError } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { methodTable, type Handlers } from '../../../src/broker/method-table.ts';
import { NATIVE_PATHS } from '../../../src/data-plane/native-methods.ts';
import { HealthRegistry } from '../../../src/grpc/health-registry.ts';
import { reflectionMethods } from '../../../src/grpc/reflection.ts';
import { openPlane } from './open-plane.ts';

/** Every path that a server of any kind serves. */
function pathsOfAllRows(): readonly string[] {
  const never = (): never => {
    throw new Error('rows are not run here');
  };
  const handlers: Handlers = {
    hashData: never,
    signCertificate: never,
    health: new HealthRegistry([]),
    development: { benchmark: never, fakeEndpoint: never },
  };
  return [
    ...methodTable(handlers),
    ...reflectionMethods({ descriptorSet: Buffer.alloc(0), services: [] }),
  ].map(({ path }) => path);
}

it('the addon answers by itself what NATIVE_PATHS names, and no other method', async () => {
  const { unary } = openPlane({ methods: [] });
  const served: string[] = [];
  for (const path of new Set([...pathsOfAllRows(), ...NATIVE_PATHS])) {
    const code = await unary(path, new Uint8Array(0)).then(
      () => status.OK,
      (error: unknown) => (error as ServiceError).code,
    );
    if (code !== status.UNIMPLEMENTED) served.push(path);
  }
  expect(served.sort()).toEqual([...NATIVE_PATHS].sort());
});
