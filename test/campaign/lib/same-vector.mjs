// What was answered, by question and vector: whoever answers it again must say the same.

export function makeLedger() {
  const known = new Map()
  const faults = []
  const compared = new Map()
  let [answers, same] = [0, 0]
  return {
    faults,
    get compared() {
      return same
    },
    fault: (text) => faults.push(text),
    told: () => `${answers} answers, ${same} compared with another of their vector, ${faults.length} faults`,
    byQuery: compared,
    add(who, { name, text }, answer) {
      answers++
      const key = `${text} ${Object.entries(answer.meta.vector)} ${answer.meta.asOfMs === null}`
      const next = {
        who,
        asOfMs: answer.meta.asOfMs,
        sinceMs: answer.meta.sinceMs,
        generation: answer.meta.generation,
        facts: factsOf(name, answer),
      }
      const before = known.get(key)
      if (before === undefined) return void known.set(key, next)
      same++
      compared.set(text, (compared.get(text) ?? 0) + 1)
      const until = Math.min(before.asOfMs ?? 0, next.asOfMs ?? 0)
      for (const [what, { endMs, value }] of next.facts) {
        const other = before.facts.get(what)
        if (other === undefined && name === 'series') continue // not in its range
        if (endMs !== null && (endMs > until || other.endMs > until)) continue
        if (other?.value === value) continue
        faults.push(
          `${text} at ${key.slice(text.length)}: ${what} is ${other?.value} by ${before.who} (g${before.generation}, as of ${before.asOfMs}, since ${before.sinceMs}) and ${value} by ${who} (g${next.generation}, as of ${next.asOfMs}, since ${next.sinceMs})`,
        )
        return
      }
    },
  }
}

/** By name: its value, and when the window is over, if it is of one. */
function factsOf(name, { meta, ...answer }) {
  const facts = new Map()
  if (name === 'series') {
    const { timesMs, series, others } = answer
    const put = (label, values) => {
      for (const [at, timeMs] of timesMs.entries())
        facts.set(`${label} ${timeMs}`, { endMs: timesMs[at + 1] ?? meta.toMs, value: values[at] })
    }
    for (const { labels, values } of series) put(JSON.stringify(labels), values)
    if (others) put('others', others.values)
  } else if (name === 'entities')
    for (const { entity, seenMs, last } of answer.rows)
      facts.set(entity, { endMs: null, value: JSON.stringify([seenMs, last]) })
  else facts.set('answer', { endMs: null, value: JSON.stringify(answer) })
  return facts
}
