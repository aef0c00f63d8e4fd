import { figureOf, type Figure } from './figure.ts';
import { createTransaction, openVault } from './workload.ts';

/** Commits that are not measured: they bring the log to its size, beyond which it is written over and does not grow. */
const WARM_UP = 3000;

/** Commits of one new key each, `callers` at a time. */
export async function measureCommits(
  directory: string,
  callers: number,
  milliseconds: number,
): Promise<readonly Figure[]> {
  const vault = await openVault(directory);
  try {
    await Promise.all(Array.from({ length: WARM_UP }, () => vault.commit(createTransaction())));
    const times: number[] = [];
    const start = performance.now();
    const caller = async (): Promise<void> => {
      while (performance.now() - start < milliseconds) {
        const transaction = createTransaction();
        const begin = performance.now();
        await vault.commit(transaction);
        times.push(performance.now() - begin);
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
    const name = `commit, ${callers} ${callers === 1 ? 'caller' : 'callers'}`;
    return [figureOf(name, times, performance.now() - start)];
  } finally {
    await vault.close();
  }
}
