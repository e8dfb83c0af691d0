// What is sent: deterministic events, and what every system must have counted of them.

/** A small generator with a seed: the same events on every run. */
function numbers(seed) {
  let state = seed >>> 0
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const hex = (value, digits) => value.toString(16).padStart(digits, '0')
/** Shaped as a UUID, made of two numbers. */
const uuid = (a, b) =>
  `${hex(a, 8)}-${hex(b & 0xffff, 4)}-4${hex((b >>> 4) & 0xfff, 3)}-8${hex((a >>> 5) & 0xfff, 3)}-${hex(a ^ b, 8).slice(-8)}${hex(b & 0xffff, 4)}`

const BEGAN_MS = Date.UTC(2026, 0, 5)
const EVENTS_PER_S = 10_000

/**
 * The Yahoo streaming benchmark: keep views, count them by campaign in windows of ten seconds. `campaign_id` stands in the event (the lookup of
 * ads is left out, for every system alike), and the time is a JSON number.
 */
const yahoo = (name, key, many) => ({
  name,
  topic: name,
  source: name,
  definition: {
    sources: {
      [name]: {
        topic: name,
        key,
        time: 'event_time',
        fields: {
          user_id: 'string',
          campaign_id: 'string',
          ad_id: 'string',
          ad_type: 'string',
          event_type: 'string',
          ip_address: 'string',
        },
        breakdowns: ['campaign_id'],
        budget: Math.max(5000, many * 2),
        metrics: { views: { count: true, where: ['event_type:is:view'] } },
      },
    },
    keep: { '10s': 'forever' },
  },
  make(count) {
    const random = numbers(7)
    const campaigns = Array.from({ length: many }, (_, n) => uuid(random(2 ** 31), n))
    const kinds = ['view', 'click', 'purchase']
    const adTypes = ['banner', 'modal', 'sponsored-search', 'mail', 'mobile']
    const expected = new Map()
    return {
      expected,
      event(n) {
        const campaign = campaigns[random(many)]
        const kind = kinds[random(3)]
        const timeMs = BEGAN_MS + Math.floor((n * 1000) / EVENTS_PER_S)
        if (kind === 'view') {
          const cell = `${campaign}|${Math.floor(timeMs / 10_000)}`
          expected.set(cell, (expected.get(cell) ?? 0) + 1)
        }
        const user = uuid(random(1_000_000), n % 65_536)
        return {
          key: key === 'user_id' ? user : campaign,
          value: `{"user_id":"${user}","campaign_id":"${campaign}","ad_id":"${uuid(random(1000), 7)}","ad_type":"${adTypes[random(5)]}","event_type":"${kind}","event_time":${timeMs},"ip_address":"10.${random(256)}.${random(256)}.${random(256)}"}`,
        }
      },
      beganMs: BEGAN_MS,
      endMs: BEGAN_MS + Math.ceil((count * 1000) / EVENTS_PER_S),
    }
  },
})

/** The shipped sources, as `tidemark simulate` makes them: clicks with 28 cells an event, readings with 20. */
const shipped = (name) => ({ name, topic: name, source: name, definition: null, simulated: true })

export const workloads = {
  ysb: yahoo('ysb', 'user_id', 100),
  /** The same by 10,000 campaigns, each in one partition: of 1,000,000 events and more, 100,000 cells every 100 s of events. */
  wide: yahoo('wide', 'campaign_id', 10_000),
  clicks: shipped('clicks'),
  readings: shipped('readings'),
}
