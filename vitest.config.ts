import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
    // Most tests wait for a server or a process, most of the time.
    maxWorkers: '100%',
    coverage: { include: ['src/**/*.ts', 'properties/**/*.ts'], reporter: ['text-summary'] },
  },
});
