/** What is due when, the earliest first: a binary heap. */
export interface Due<T> {
  readonly size: number
  /** When the earliest is due; Infinity without any. */
  readonly nextMs: number
  add(atMs: number, what: T): void
  take(): T
}

export function createDue<T>(): Due<T> {
  const heap: { atMs: number; what: T }[] = []

  function swap(a: number, b: number): void {
    const held = heap[a]!
    heap[a] = heap[b]!
    heap[b] = held
  }

  return {
    get size() {
      return heap.length
    },
    get nextMs() {
      return heap[0]?.atMs ?? Number.POSITIVE_INFINITY
    },
    add(atMs, what) {
      heap.push({ atMs, what })
      for (let at = heap.length - 1; at > 0; ) {
        const above = (at - 1) >> 1
        if (heap[above]!.atMs <= heap[at]!.atMs) return
        swap(at, above)
        at = above
      }
    },
    take() {
      const first = heap[0]
      if (first === undefined) throw new Error('nothing is due')
      const last = heap.pop()!
      if (heap.length > 0) heap[0] = last
      for (let at = 0; ; ) {
        const left = 2 * at + 1
        const right = left + 1
        let least = at
        if (left < heap.length && heap[left]!.atMs < heap[least]!.atMs) least = left
        if (right < heap.length && heap[right]!.atMs < heap[least]!.atMs) least = right
        if (least === at) return first.what
        swap(at, least)
        at = least
      }
    },
  }
}
