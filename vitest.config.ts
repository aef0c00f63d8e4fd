import { defineConfig } from 'vitest/config';

// One project a folder of test/, so that `npm test` can name what it runs and a developer can run one alone:
// node scripts/with-node.mjs node_modules/vitest/vitest.mjs run --project unit
const project = (name: string, options: { timeout: number; parallel?: boolean }) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    environment: 'node' as const,
    // The native core is one per process, so every test file gets a process of its own.
    pool: 'forks' as const,
    fileParallelism: options.parallel ?? true,
    testTimeout: options.timeout,
    hookTimeout: options.timeout,
  },
});

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project('unit', { timeout: 20_000 }),
      project('contract', { timeout: 60_000 }),
      project('property', { timeout: 60_000 }),
      project('vectors', { timeout: 120_000 }),
      project('integration', { timeout: 60_000 }),
      project('interop', { timeout: 180_000, parallel: false }),
      project('packaging', { timeout: 180_000, parallel: false }),
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/generated/**'],
      reporter: ['text-summary', 'json-summary', 'html'],
      reportsDirectory: 'coverage/src',
      // A failing test must not look like missing coverage as well.
      reportOnFailure: true,
    },
  },
});
