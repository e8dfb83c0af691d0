// Readers of the query API at a constant rate, as a page or a program is one: a read that is not answered in time, or not by 200, is one that failed.
const PER_SECOND = 20
const PATIENCE_MS = 2000

/** `urls`: of one API or several; a reader that is refused at one asks the next one, as a balancer would. */
export function startReaders(urls, path = '/v1/series?metric=clicks.events&from=now-1h&by=country') {
  const counts = { asked: 0, answered: 0, open: 0 }
  const faults = new Map()
  const recent = new Set()
  const waits = []

  async function read() {
    const began = performance.now()
    const signal = AbortSignal.timeout(PATIENCE_MS)
    let fault = 'none'
    for (const url of urls)
      try {
        const answer = await fetch(`${url}${path}`, { signal })
        if (answer.status === 200) {
          await answer.arrayBuffer()
          waits.push(performance.now() - began)
          return true
        }
        fault = `${answer.status} ${(await answer.text()).slice(0, 300)}`
      } catch (error) {
        fault = signal.aborted ? `no answer in ${PATIENCE_MS} ms` : (error.cause?.code ?? error.message)
      }
    recent.add(fault.slice(0, 200))
    faults.set(fault, (faults.get(fault) ?? 0) + 1)
    return false
  }
  const timer = setInterval(() => {
    counts.asked++
    counts.open++
    void read().then((ok) => {
      counts.open--
      counts.answered += ok ? 1 : 0
    })
  }, 1000 / PER_SECOND)

  return {
    /** Counts of what was asked since the last call, once all of it is answered. */
    async take() {
      while (counts.open > 0) await new Promise((next) => setTimeout(next, 20))
      const taken = {
        asked: counts.asked,
        answered: counts.answered,
        worstMs: Math.max(0, ...waits),
        faults: [...recent].map((fault) => `; ${fault}`).join(''),
      }
      recent.clear()
      ;[counts.asked, counts.answered, waits.length] = [0, 0, 0]
      return taken
    },
    faults: () => [...faults].toSorted((a, b) => b[1] - a[1]).slice(0, 5),
    stop: () => clearInterval(timer),
  }
}

/** One read after another: how often a partition stood at a lower offset than in the answer before. */
export function watchVectors(url, path = '/v1/series?metric=clicks.events&from=now-1h') {
  const run = { isOver: false, back: 0, answers: 0 }
  const done = (async () => {
    let before = {}
    while (!run.isOver) {
      const answer = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(
        () => null,
      )
      if (answer?.status === 200) {
        const { vector = {} } = (await answer.json()).meta
        for (const [partition, next] of Object.entries(vector))
          if (next < (before[partition] ?? 0)) run.back++
        before = { ...before, ...vector }
        run.answers++
      } else await answer?.body?.cancel()
      await new Promise((next) => setTimeout(next, 50))
    }
    return run
  })()
  return {
    stop: () => {
      run.isOver = true
      return done
    },
  }
}

export const share = ({ asked, answered }) => `${((100 * answered) / Math.max(asked, 1)).toFixed(2)} %`
