/** The shipped sources, whose clicks come together to facts of every kind; `gap` ends sessions and journeys. As the JSON of a definition; `more` of the clicks. */
export function clicksWithFacts({ sources, ...rest }, gap, more = {}) {
  const facts = {
    sessions: { gap, page: 'path' },
    funnels: {
      way: {
        within: '1m',
        steps: { seen: ['type:is:page_view'], other: ['type:not:page_view'] },
        by: ['country'],
      },
    },
    retention: { visitors: { days: 1, zone: 'Pacific/Auckland' } },
    journeys: { page: 'path', gap, steps: 1 },
  }
  return JSON.stringify({
    ...rest,
    sources: { ...sources, clicks: { ...sources.clicks, ...facts, ...more } },
  })
}
