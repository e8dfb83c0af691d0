// Closed-loop readers over plain sockets: as little work of their own as can be, because they share the machine with what they ask.
import { connect } from 'node:net'

const HEAD_END = Buffer.from('\r\n\r\n')

/** One connection that is kept: asks `path` and resolves with status and bytes of the body. Answers must say their length, or come in chunks. */
export function openAsker(port) {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  let waiting = null
  let parts = []
  let have = 0
  let head = null
  socket.on('data', (bytes) => {
    parts.push(bytes)
    have += bytes.length
    if (head === null) {
      const all = Buffer.concat(parts)
      const end = all.indexOf(HEAD_END)
      if (end < 0) return
      const text = all.toString('latin1', 0, end)
      const length = /content-length: (\d+)/i.exec(text)
      head = { status: Number(text.slice(9, 12)), body: end + 4, length: length && Number(length[1]) }
      parts = [all]
    }
    const isWhole =
      head.length === null
        ? bytes.length >= 5 && bytes.toString('latin1', bytes.length - 5) === '0\r\n\r\n'
        : have >= head.body + head.length
    if (!isWhole) return
    const done = waiting
    const answer = { status: head.status, bytes: have - head.body }
    ;[waiting, parts, have, head] = [null, [], 0, null]
    done.resolve(answer)
  })
  const fail = (error) => waiting?.reject(error ?? new Error('the connection ended'))
  socket.on('error', fail)
  socket.on('close', () => fail())
  return {
    ask: (path) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`)
      }),
    close: () => socket.destroy(),
  }
}

/** So many connections ask without pause until `ms` are over; times of all answers, ms. Throws on a status that is not 200. */
export async function ask({ port, pathOf, connections = 1, ms }) {
  const untilMs = performance.now() + ms
  const took = []
  let bytes = 0
  let nth = 0
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const asker = openAsker(port)
      while (performance.now() < untilMs) {
        const began = performance.now()
        const answer = await asker.ask(pathOf(nth++))
        if (answer.status !== 200) throw new Error(`status ${answer.status}: ${pathOf(nth)}`)
        took.push(performance.now() - began)
        bytes = answer.bytes
      }
      asker.close()
    }),
  )
  return { took, bytes }
}

export const quantile = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
