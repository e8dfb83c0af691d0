/** Replaces nodes of a local store that do not come back: whoever supervises them sees it first. */
import { readTopology } from '../../../embedded/topology-file.ts'
import { act } from './act.ts'
import { idSoon, withLinks } from './nodes.ts'
import { replaceNode } from './replacing.ts'

const LOOK_EVERY_MS = 1000

export interface NodeWatch {
  /** Nodes that were replaced. */
  replaced(): number
  stop(): Promise<void>
}

/** `afterMs` 0 = no node is replaced. */
export function watchNodes(dataDir: string, afterMs: number, log: (line: string) => void): NodeWatch {
  const sinceMs = new Map<string, number>()
  let replaced = 0
  let isOver = false
  let last = ''
  async function look(): Promise<void> {
    const lost = await lostNodes(dataDir)
    const nowMs = performance.now()
    for (const name of sinceMs.keys()) if (!lost.includes(name)) sinceMs.delete(name)
    for (const name of lost) if (!sinceMs.has(name)) sinceMs.set(name, nowMs)
    const due = lost.find((name) => nowMs - sinceMs.get(name)! > afterMs)
    if (due === undefined || isOver) return
    log(`${due} did not come back for ${Math.round(afterMs / 1000)} s: it is replaced`)
    await act(dataDir, () => replaceNode(dataDir, due, { acceptsLoss: false, say: log }))
    replaced++
  }
  let looking: Promise<void> | null = null
  const timer = setInterval(() => {
    looking ??= look()
      .then(
        () => (last = ''),
        (error: unknown) => {
          const text = error instanceof Error ? error.message : String(error)
          if (text !== last) log(`no node was replaced: ${text}`)
          last = text
        },
      )
      .then(() => {
        looking = null
      })
  }, LOOK_EVERY_MS)
  if (afterMs === 0) clearInterval(timer)
  return {
    replaced: () => replaced,
    async stop() {
      isOver = true
      clearInterval(timer)
      await looking
    },
  }
}

/** Those that do not answer, and those that answer but are nobody that the others know: they lost their data. */
async function lostNodes(dataDir: string): Promise<string[]> {
  if (readTopology(dataDir) === null) return []
  return withLinks(dataDir, async ({ topology, links, view }) => {
    const ids = await Promise.all(links.map(idSoon))
    return topology.nodes
      .filter((_, at) => ids[at] === null || !view.some(({ id }) => id === ids[at]))
      .map(({ name }) => name)
  })
}
