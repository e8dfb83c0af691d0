/** JSON is the one form of bodies, beside those that a plugin brings. */
import type { FastifyInstance } from 'fastify'
import { jsonOf, textOf } from '../language/body.ts'

export function takeJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      done(null, jsonOf(textOf(body as Buffer, request.headers)))
    } catch (error) {
      done(error as Error)
    }
  })
}
