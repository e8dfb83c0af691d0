/** One line when a broker stops answering and one when it answers again, however often it was tried in between and by how many clients of this process. */

const SAY_AGAIN_MS = 60_000

interface Outage {
  sinceMs: number
  saidAtMs: number
  tries: number
}

export class Outages {
  readonly #say: (line: string) => void
  readonly #now: () => number
  readonly #open = new Map<string, Outage>()

  constructor(say: (line: string) => void, now: () => number = Date.now) {
    this.#say = say
    this.#now = now
  }

  failed(broker: string, why: string): void {
    const nowMs = this.#now()
    const outage = this.#open.get(broker)
    if (outage === undefined) {
      this.#open.set(broker, { sinceMs: nowMs, saidAtMs: nowMs, tries: 1 })
      return this.#say(`kafka: broker ${broker} does not answer: ${why}; trying on`)
    }
    outage.tries++
    if (nowMs - outage.saidAtMs < SAY_AGAIN_MS) return
    outage.saidAtMs = nowMs
    this.#say(
      `kafka: broker ${broker} has not answered for ${seconds(nowMs - outage.sinceMs)} (${outage.tries} tries): ${why}`,
    )
  }

  answered(broker: string): void {
    const outage = this.#open.get(broker)
    if (outage === undefined) return
    this.#open.delete(broker)
    this.#say(
      `kafka: broker ${broker} answers again after ${seconds(this.#now() - outage.sinceMs)} (${outage.tries} tries)`,
    )
  }
}

const seconds = (ms: number): string => `${Math.max(1, Math.round(ms / 1000))} s`

const byLog = new WeakMap<object, Outages>()

/** Of all clients that write to the same log. */
export function outagesOf(log: (line: string, level?: 'warn') => void): Outages {
  const outages = byLog.get(log) ?? new Outages((line) => log(line, 'warn'))
  byLog.set(log, outages)
  return outages
}
