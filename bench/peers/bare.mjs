// The least that telling many costs: node bare.mjs PORT BYTES PER_SECOND. A plain `net` server that writes one buffer of so many bytes to every socket, so many times a second.
import { createServer } from 'node:net'

const [port, bytes, perSecond] = process.argv.slice(2).map(Number)
const sockets = new Set()
const head = 'event: patch\ndata: '
const frame = Buffer.from(`${head}${'x'.repeat(Math.max(1, bytes - head.length - 2))}\n\n`)
createServer((socket) => {
  socket.setNoDelay(true)
  socket.once('data', () => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n')
    sockets.add(socket)
  })
  socket.on('close', () => sockets.delete(socket))
  socket.on('error', () => {})
}).listen(port, '127.0.0.1', () => console.log('bare ready'))
setInterval(() => {
  for (const socket of sockets) socket.write(frame)
}, 1000 / perSecond)
