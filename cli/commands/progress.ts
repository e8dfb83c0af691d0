/** One line that is drawn over and over on a terminal, and not at all anywhere else. */
export interface Progress {
  /** `done` of `total` (Infinity: no end in sight), and what to say beside it. Drawn ten times a second at most. */
  show(done: number, total: number, words: string): void
  /** Takes the line away. */
  clear(): void
}

const DRAW_EVERY_MS = 100
const BAR_WIDTH = 24

export function createProgress(stream: NodeJS.WriteStream, now: () => number = Date.now): Progress {
  if (!stream.isTTY) return { show() {}, clear() {} }
  let drawnMs = 0
  let drawn = false
  return {
    show(done, total, words) {
      if (now() - drawnMs < DRAW_EVERY_MS) return
      drawnMs = now()
      drawn = true
      const share = Number.isFinite(total) && total > 0 ? Math.min(1, done / total) : null
      const full = share === null ? 0 : Math.round(share * BAR_WIDTH)
      const bar =
        share === null
          ? ''
          : `[${'='.repeat(full)}${' '.repeat(BAR_WIDTH - full)}] ${String(Math.floor(share * 100)).padStart(3)} %  `
      stream.write(`\r\u001b[K${(bar + words).slice(0, Math.max(20, (stream.columns ?? 80) - 1))}`)
    },
    clear() {
      if (drawn) stream.write('\r\u001b[K')
      drawn = false
    },
  }
}
