// So many readers of live queries, over plain sockets: node viewers.mjs PORT COUNT QUERY... Each second it prints how many frames with data the first of them had, and the bytes of all.
import { connect } from 'node:net'

const [port, count, ...queries] = process.argv.slice(2)
let [frames, bytes, open, closed] = [0, 0, 0, 0]
const asked = queries.map((query) => `q=${encodeURIComponent(query)}`).join('&')
const ask = `GET /v1/live?${asked} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`
for (let n = 0; n < Number(count); n++) {
  const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress: `127.0.${n % 8}.1` })
  socket.on('connect', () => socket.write(ask))
  let isFirst = true
  socket.on('data', (data) => {
    if (isFirst) [isFirst, open] = [false, open + 1]
    bytes += data.length
    if (n === 0) frames += data.toString('latin1').split(/event: (?:patch|reset)/).length - 1
  })
  socket.on('error', () => {})
  socket.on('close', () => closed++)
  if (n % 50 === 49) await new Promise((go) => setTimeout(go, 50))
}
setInterval(() => console.log(JSON.stringify({ frames, bytes, open, closed })), 200)
