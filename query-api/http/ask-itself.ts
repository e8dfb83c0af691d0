/**
 * Asks this API from within, in the name of a caller: one question after another, no more of an answer than the caller can use, and none
 * any more once the caller is gone. So a request that holds a hundred questions takes the memory of one.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

export interface Told {
  readonly status: number
  /** The beginning alone, where it is longer than `most`. */
  readonly body: string
}

export function askItself(
  app: FastifyInstance,
  { ip }: FastifyRequest,
  reply: FastifyReply,
  most: number,
): (url: string) => Promise<Told> {
  let before: Promise<unknown> = Promise.resolve()
  const ask = async (url: string): Promise<Told> => {
    if (reply.raw.closed) throw new Error('nobody waits for the answer')
    const answer = await app.inject({ url, remoteAddress: ip, payloadAsStream: true })
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of answer.stream() as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > 4 * most) break // no character has more bytes
    }
    answer.raw.res.destroy()
    return {
      status: answer.statusCode,
      body: Buffer.concat(chunks)
        .toString()
        .slice(0, most + 1),
    }
  }
  return (url) => {
    const told = before.then(() => ask(url))
    before = told.catch(() => undefined)
    return told
  }
}
