// `pos` of every partition, over any client of ioredis: key -> { field: value }; none while the store is away.
import { Cluster } from 'ioredis'

export async function readPositions(client) {
  try {
    const nodes = client instanceof Cluster ? client.nodes('master') : [client]
    const keys = (await Promise.all(nodes.map((node) => node.keys('tm:*:pos')))).flat()
    return Object.fromEntries(
      await Promise.all([...new Set(keys)].map(async (key) => [key, await client.hgetall(key)])),
    )
  } catch {
    return {}
  }
}

/**
 * Samples the sum of all `next` until `stop`: the longest time without a step forward while events came. `count`: events that the log holds, or more.
 */
export function watchSteps(positions) {
  const run = { isOver: false }
  let [last, movedAt, gapMs] = [-1, performance.now(), 0]
  const done = (async () => {
    while (!run.isOver) {
      const all = Object.values(await positions())
      const sum = all.length === 0 ? -1 : all.reduce((total, { next }) => total + Number(next), 0)
      const now = performance.now()
      if (sum !== last && sum >= 0) {
        gapMs = Math.max(gapMs, now - movedAt)
        ;[last, movedAt] = [sum, now]
      }
      await new Promise((next) => setTimeout(next, 25))
    }
    return gapMs
  })()
  return {
    /** The longest gap since it began, ms. */
    stop: () => {
      run.isOver = true
      return done
    },
  }
}
