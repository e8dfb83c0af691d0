import { defineConfig } from 'vitest/config'

const isSlow = process.env['TIDEMARK_SLOW'] === '1'

// Two workers: the smallest machine that we promise has two cores, and engines of the tests need some of it.
export default defineConfig({
  test: {
    // `npm test` stays under five minutes; what takes long is run by `npm run test:slow`, and by CI.
    include: isSlow ? ['test/**/*.slow.test.ts'] : ['test/**/*.test.ts'],
    exclude: ['test/fixtures/**', 'node_modules/**', ...(isSlow ? [] : ['test/**/*.slow.test.ts'])],
    pool: 'forks',
    maxWorkers: 2,
    // A poll waits for what will come; how soon, the machine decides.
    expect: { poll: { timeout: 10_000 } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    env: { KAFKAJS_NO_PARTITIONER_WARNING: '1' },
  },
})
