// Clients of a store that each write their next batch once the one before is answered.
import { connect } from 'node:net'
import { parseArgs } from 'node:util'

const BYTES = 100

/** One client: its batches one after the other until it is told. Answers the ms of each. */
function drive(port, name, pipeline, value, until) {
  return new Promise((done, failed) => {
    const socket = connect(port, '127.0.0.1')
    const [times, text] = [[], []]
    let [n, left, beganMs] = [0, 0, 0]
    const next = () => {
      if (performance.now() > until) return socket.destroy()
      left = pipeline
      text.length = 0
      for (let i = 0; i < pipeline; i++) {
        const key = `b:${name}:${n++ % 1000}`
        text.push(`*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${value.length}\r\n${value}\r\n`)
      }
      beganMs = performance.now()
      socket.write(text.join(''))
    }
    socket.setNoDelay(true)
    socket.on('connect', next)
    socket.on('data', (bytes) => {
      if (bytes[0] === 45) return failed(new Error(bytes.toString()))
      for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) left--
      if (left > 0) return
      times.push(performance.now() - beganMs)
      next()
    })
    socket.on('error', failed)
    socket.on('close', () => done(times))
  })
}

export const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]

/** Values of so many bytes to one port. Answers writes a second, and p50 and p99 of a batch in ms. */
export async function writeInLoops({ port, clients, pipeline, seconds, bytes = BYTES }) {
  const value = 'x'.repeat(bytes)
  const beganMs = performance.now()
  const until = beganMs + seconds * 1000
  const times = (
    await Promise.all(Array.from({ length: clients }, (_, n) => drive(port, n, pipeline, value, until)))
  ).flat()
  times.sort((a, b) => a - b)
  const writes = times.length * pipeline
  return {
    writes,
    rate: writes / ((performance.now() - beganMs) / 1000),
    p50: times[Math.floor(times.length * 0.5)],
    p99: times[Math.floor(times.length * 0.99)],
  }
}

/** Of a bench of such clients, bounded. `usualRuns`: without --runs and --short. */
export function readLoopFlags(usualRuns) {
  const { values: flags } = parseArgs({
    options: {
      seconds: { type: 'string' },
      runs: { type: 'string' },
      clients: { type: 'string' },
      pipeline: { type: 'string' },
      short: { type: 'boolean' },
    },
  })
  return {
    seconds: Math.min(Number(flags.seconds ?? (flags.short ? 1 : 4)), 60),
    runs: Math.min(Number(flags.runs ?? (flags.short ? 1 : usualRuns)), 20),
    clients: Math.min(Number(flags.clients ?? 32), 500),
    pipeline: Math.min(Number(flags.pipeline ?? 1), 1000),
  }
}
