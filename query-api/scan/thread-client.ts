/** The API's side of the thread that reads: asks it, and starts another one where it died. */
import { Worker } from 'node:worker_threads'
import type {
  Advance,
  Advanced,
  Begin,
  Failed,
  FromThread,
  Part,
  Sized,
  ThreadConfig,
  ToThread,
} from './messages.ts'
import type { ThreadData } from './thread.ts'

export interface Thread {
  post(message: ToThread): void
  close(): Promise<void>
}

export interface ThreadEvents {
  readonly heard: (message: FromThread) => void
  readonly died: (why: string) => void
}

export type StartThread = (events: ThreadEvents) => Thread

/** Most memory of the thread's own heap, MB: a scan that needs more ends, and nothing else with it. */
const HEAP_MB = 512

/** From what was built: Node runs no TypeScript by itself. */
export function workerThread(kafka: ThreadConfig): StartThread {
  return ({ heard, died }) => {
    const workerData: ThreadData = { kafka }
    const worker = new Worker(new URL('./thread.js', import.meta.url), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    })
    worker.unref()
    worker.on('message', heard)
    worker.on('error', (error) => died(error.message))
    worker.on('exit', (code) => died(`the thread that reads the log ended with ${code}`))
    return {
      post: (message) => worker.postMessage(message, []),
      close: async () => void (await worker.terminate()),
    }
  }
}

/** What the thread answered instead. */
export class ScanFailure extends Error {
  readonly failed: Failed
  constructor(failed: Failed) {
    super(failed.why)
    this.failed = failed
  }
}

/** What a scan says while it reads. */
export interface ScanHearer {
  /** Offsets that were passed. */
  readonly progress: (records: number) => void
  readonly part: (part: Part) => void
}

interface Waiting {
  readonly done: (said: Sized | Advanced) => void
  readonly fail: (error: ScanFailure) => void
}

export class ThreadClient {
  readonly #start: StartThread
  #thread: Thread | null = null
  #waiting = new Map<number, Waiting>()
  readonly #hearers = new Map<number, ScanHearer>()
  #asks = 0
  #scans = 0

  constructor(start: StartThread) {
    this.#start = start
  }

  /** A number for a scan. */
  name(hearer: ScanHearer): number {
    this.#hearers.set(++this.#scans, hearer)
    return this.#scans
  }

  begin(order: Omit<Begin, 'is'>): Promise<Sized> {
    return this.#ask((ask) => ({ ...order, is: 'begin', ask })) as Promise<Sized>
  }

  advance(order: Omit<Advance, 'is'>): Promise<Advanced> {
    return this.#ask((ask) => ({ ...order, is: 'advance', ask })) as Promise<Advanced>
  }

  /** Parts of a scan that is begun are told from now on. */
  wantParts(scan: number): void {
    this.#thread?.post({ is: 'parts', scan })
  }

  end(scan: number): void {
    this.#hearers.delete(scan)
    this.#thread?.post({ is: 'end', scan })
  }

  async close(): Promise<void> {
    const thread = this.#thread
    this.#thread = null
    await thread?.close()
  }

  #ask(order: (ask: number) => ToThread): Promise<Sized | Advanced> {
    return new Promise((done, fail) => {
      const ask = ++this.#asks
      this.#waiting.set(ask, { done, fail })
      this.#open().post(order(ask))
    })
  }

  #open(): Thread {
    if (this.#thread !== null) return this.#thread
    const thread: Thread = this.#start({
      heard: (message) => this.#hear(message),
      died: (why) => {
        if (this.#thread !== thread) return
        this.#thread = null
        const waiting = this.#waiting
        this.#waiting = new Map()
        for (const { fail } of waiting.values())
          fail(new ScanFailure({ is: 'failed', kind: 'other', why, retry: true }))
      },
    })
    return (this.#thread = thread)
  }

  #hear(message: FromThread): void {
    if (message.is === 'progress') return this.#hearers.get(message.scan)?.progress(message.records)
    if (message.is === 'part') return this.#hearers.get(message.scan)?.part(message)
    const waiting = this.#waiting.get(message.ask)
    this.#waiting.delete(message.ask)
    if (message.said.is === 'failed') waiting?.fail(new ScanFailure(message.said))
    else waiting?.done(message.said)
  }
}
