import type { KmipAnswer, KmipCall, KmipExecutor } from '../../../src/core/index.ts';
import type { KeyWork } from '../../../src/core/keys/key-work.ts';
import type { KeyTransition } from '../../../src/core/keys/lifecycle.ts';
import type { CryptoProvider } from '../../../src/crypto/provider.ts';
import { AttributeSet } from '../../../src/kmip/attributes/attribute-set.ts';

/** A command in the place of a KMIP message. */
export type TestCommand =
  | { readonly do: 'get'; readonly uid: string }
  | { readonly do: 'register'; readonly uid: string; readonly key: string }
  | { readonly do: 'transition'; readonly uid: string; readonly transition: KeyTransition }
  | { readonly do: 'read'; readonly uid: string }
  | { readonly do: 'fail'; readonly uid: string }
  | { readonly do: 'throw' };

export function encodeCommand(command: TestCommand): Uint8Array {
  return Buffer.from(JSON.stringify(command));
}

/** An executor that understands TestCommand, for tests of everything around an executor. */
export function testExecutor(
  provider: CryptoProvider,
  /** Awaited before the answer is given. */
  gate: (command: TestCommand) => Promise<void> = () => Promise.resolve(),
): KmipExecutor {
  return {
    async execute(call: KmipCall, work: KeyWork): Promise<KmipAnswer> {
      const command = JSON.parse(Buffer.from(call.request).toString()) as TestCommand;
      const answer = run(command, work, provider);
      await gate(command);
      return {
        response: Buffer.from(JSON.stringify(answer.says)),
        succeeded: answer.succeeded,
        secret: answer.secret,
        operation: command.do,
        uid: 'uid' in command ? command.uid : '',
        outcome: answer.succeeded ? 'success' : 'refused',
        reason: answer.succeeded ? undefined : 'General Failure',
        release: () => undefined,
      };
    },
  };
}

interface Ran {
  readonly says: unknown;
  readonly succeeded: boolean;
  readonly secret: boolean;
}

function run(command: TestCommand, work: KeyWork, provider: CryptoProvider): Ran {
  const plain = (says: unknown): Ran => ({ says, succeeded: true, secret: false });
  switch (command.do) {
    case 'get': {
      const key = work.get(command.uid);
      if (key !== undefined) work.cacheAtGateway(command.uid);
      return plain({ state: key?.state ?? 'unknown' });
    }
    case 'register': {
      const { serviceKeyId, version, key, headerOf } = work.activeServiceKey();
      const bytes = Buffer.from(command.key, 'hex');
      const row = provider.dataKeys.wrap(key, bytes, headerOf(command.uid, 2));
      work.insert({
        uid: command.uid,
        objectType: 2,
        state: 1,
        serviceKeyId,
        serviceKeyVersion: version,
        escrow: { wrapped: row.wrapped, mac: row.mac },
        digest: row.digest,
        attributes: AttributeSet.of([
          { name: 'Unique Identifier', value: { type: 'textString', value: command.uid } },
        ]),
      });
      return plain({ registered: command.uid });
    }
    case 'transition':
      return plain({ state: work.transition(command.uid, command.transition).state });
    case 'read': {
      const key = work.get(command.uid);
      if (key === undefined) return { says: 'unknown', succeeded: false, secret: false };
      const opened = work.open(key);
      const target = Buffer.alloc(64);
      const length = provider.dataKeys.read(opened.key, opened.row, opened.header, target, 0);
      return { says: target.toString('hex', 0, length), succeeded: true, secret: true };
    }
    case 'fail':
      work.transition(command.uid, { kind: 'destroy', by: 'administrator' });
      return { says: 'refused', succeeded: false, secret: false };
    case 'throw':
      throw new Error('a fault of the executor');
  }
}
