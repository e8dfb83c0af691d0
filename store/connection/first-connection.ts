import type { Cluster, Redis } from './client.ts'

/** The wait for the first connection; when it does not come, the first command says so. */
export function firstConnection(
  client: Redis | Cluster,
  patienceMs: number,
): { readonly isPending: boolean; readonly over: Promise<void>; end(): void } {
  let isPending = true
  let end = (): void => {}
  const over = new Promise<void>((resolve) => {
    const timer = setTimeout(() => end(), patienceMs)
    end = () => {
      clearTimeout(timer)
      isPending = false
      resolve()
    }
  })
  client.once('ready', () => end())
  return {
    get isPending() {
      return isPending
    },
    over,
    end: () => end(),
  }
}
