import { describe, expect, it } from 'vitest';
import type { CliContext } from '../../../src/cli/context.ts';
import { BrokerError, EXIT } from '../../../src/errors/index.ts';
import { run, type Outcome } from './fake-context.ts';

interface Asked extends Outcome {
  /** Sockets and services that were asked for. */
  readonly asked: {
    socket: string | undefined;
    deadlineMs: number | undefined;
    service: unknown;
  }[];
  readonly closed: number;
}

async function health(args: readonly string[], answer: string | Error): Promise<Asked> {
  const asked: Asked['asked'] = [];
  let closed = 0;
  const connect = (({ socket, deadlineMs }) => ({
    health: ({ service }: { readonly service?: string }) => {
      asked.push({ socket, deadlineMs, service });
      return typeof answer === 'string' ? Promise.resolve(answer) : Promise.reject(answer);
    },
    close: () => {
      closed += 1;
      return Promise.resolve();
    },
  })) as CliContext['connect'];
  return { ...(await run(args, { connect })), asked, closed };
}

describe.each([
  ['gateway', '--status-socket'],
  ['core', '--admin-socket'],
])('%s health', (program, option) => {
  it('asks for readiness on the socket of the program, and closes what it opened', async () => {
    const outcome = await health([program, 'health', option, '/x.sock'], 'SERVING');
    expect(outcome).toMatchObject({ exit: EXIT.ok, out: 'SERVING\n', closed: 1 });
    expect(outcome.asked).toEqual([{ socket: '/x.sock', deadlineMs: 1500, service: 'readiness' }]);
  });

  it('asks for liveness when told so, and exits with 1 for any answer but one', async () => {
    const args = [program, 'health', '--live', '--json', option, '/x.sock'];
    const outcome = await health(args, 'NOT_SERVING');
    expect(outcome).toMatchObject({ exit: EXIT.failed, out: '{"status":"NOT_SERVING"}\n' });
    expect(outcome.asked).toMatchObject([{ service: 'liveness' }]);
  });

  it('says which socket nobody answers on, and passes other failures on', async () => {
    const args = [program, 'health', option, '/x.sock'];
    const nobody = await health(args, new BrokerError('UNAVAILABLE', 'no server'));
    expect(nobody).toMatchObject({ exit: EXIT.failed, closed: 1 });
    expect(nobody.error).toContain('nothing answers on /x.sock');
    const late = await health(args, new BrokerError('DEADLINE_EXCEEDED', 'too late'));
    expect(late).toMatchObject({ exit: EXIT.failed, closed: 1 });
    expect(late.error).toContain('DEADLINE_EXCEEDED');
  });

  it('refuses to ask for both', async () => {
    const outcome = await health([program, 'health', '--live', '--ready'], 'SERVING');
    expect(outcome).toMatchObject({ exit: EXIT.usage, asked: [] });
  });
});
