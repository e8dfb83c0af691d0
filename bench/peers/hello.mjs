// A fastify that does nothing: node hello.mjs PORT BYTES. What no query API on it can be faster than.
import fastify from 'fastify'

const [port, bytes] = process.argv.slice(2).map(Number)
const app = fastify()
const body = Buffer.alloc(bytes, 'x')
app.get('/hello', (_, reply) => reply.type('application/json').send({ hello: 'world' }))
app.get('/bytes', (_, reply) => reply.type('application/json').send(body))
await app.listen({ host: '127.0.0.1', port })
console.log('hello ready')
