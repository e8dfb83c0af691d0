/** Something asked for again and again while somebody can see it; one question at a time. Returns how to stop. */
export function pollWhileSeen(
  poll: () => Promise<void>,
  everyMs: number,
  isStill: () => boolean,
): () => void {
  let busy = false
  const once = (): void => {
    if (busy || document.hidden || isStill()) return
    busy = true
    void poll().finally(() => (busy = false))
  }
  once()
  const timer = setInterval(once, everyMs)
  return () => clearInterval(timer)
}
