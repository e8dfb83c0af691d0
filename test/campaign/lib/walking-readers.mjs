// Readers of live streams who change what they look at, and the address that they come back to, whichever process is behind it.
import { connect, createServer } from 'node:net'

/** `port` says where new connections go. */
export async function openRelay(port) {
  const links = new Set()
  const server = createServer((near) => {
    const far = connect(port(), '127.0.0.1')
    const link = [near, far]
    links.add(link)
    for (const [from, to] of [link, [far, near]]) {
      from.on('data', (bytes) => to.write(bytes))
      from.on('error', () => undefined)
      from.on('close', () => {
        to.destroy()
        links.delete(link)
      })
    }
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    cut: () => links.forEach((link) => link.forEach((socket) => socket.destroy())),
    close: () => server.close(),
  }
}

/** Looks at three queries to begin with; `change` adds some and removes some. */
export function makeReader({ name, address, queries, ledger, pick, random, client: { Client, live } }) {
  const held = new Map()
  const counts = { answers: 0, lost: 0, behind: 0, problems: new Map() }
  const told = (q, answer) => {
    const one = held.get(q)
    if (one === undefined) return
    counts.answers++
    const said = sumOf(answer)
    if (
      one.answer !== null &&
      !one.wasTold &&
      one.answer.meta.generation === answer.meta.generation &&
      said < sumOf(one.answer)
    )
      ledger.fault(`${name} went back unsaid, ${one.query.text}: ${sumOf(one.answer)} then ${said}`)
    one.wasTold = false
    one.answer = answer
    ledger.add(name, one.query, answer)
  }
  const start = [pick(queries), pick(queries), pick(queries)]
  start.forEach((query, q) => held.set(q, { query, answer: null, wasTold: false }))
  const say = (q) => {
    const one = held.get(q)
    if (one) one.wasTold = true
  }
  const stream = live(
    new Client({ base: address }),
    start.map(({ text }) => text),
    {
      answer: told,
      problem: (q, { type, detail }) => {
        say(q)
        counts.problems.set(type, detail)
      },
      behind: (q) => {
        counts.behind++
        say(q)
      },
      lost: () => counts.lost++,
      refused: (error) => ledger.fault(`${name} was refused: ${error.message}`),
    },
  )
  return {
    name,
    held,
    counts,
    end: stream,
    change() {
      for (const q of held.keys())
        if (held.size > 2 && random() < 0.3) {
          stream.remove(q)
          held.delete(q)
        }
      while (held.size < 6 && random() < 0.7) {
        const query = pick(queries)
        held.set(stream.add(query.text), { query, answer: null, wasTold: false })
      }
    },
  }
}
const sumOf = ({ meta }) => Object.values(meta.vector).reduce((sum, next) => sum + next, 0)
