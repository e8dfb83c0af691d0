/** Numbers as they change. Node 22.18 or newer: node watch.ts http://127.0.0.1:4400 clicks.events [COUNT] */
import { Client, live, queryText } from 'tidemark/client'

const [base = 'http://127.0.0.1:4400', metric = 'clicks.events', most = 'Infinity'] = process.argv.slice(2)
let shown = 0
const close = live(new Client({ base }), [queryText('series', { metric, from: 'now-15m', interval: '1m' })], {
  answer: (_, answer) => {
    if (!('series' in answer)) return
    const total = answer.series[0]!.values.reduce<number>((sum, value) => sum + (value ?? 0), 0)
    const { asOfMs, complete } = answer.meta
    process.stdout.write(`${JSON.stringify({ total, asOfMs, complete })}\n`)
    if (++shown >= Number(most)) close()
  },
  problem: (_, problem) => void process.stderr.write(`${problem.detail}\n`),
})
