/** The built dashboard as files. What Vite names by its content may be kept for ever; the page itself is asked for each time. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

const PAGES = ['/explore', '/visitors', '/pipeline', '/store']
const NOT_BUILT = 'The API is up; the page is not built yet. Run: npm run build\n'

/** `directory` null or empty: `/` says in words that there is no page. */
export async function addPage(app: FastifyInstance, directory: string | null): Promise<void> {
  if (directory === null || !existsSync(join(directory, 'index.html'))) {
    app.get('/', (_, reply) => reply.type('text/plain; charset=utf-8').send(NOT_BUILT))
    return
  }
  await app.register(fastifyStatic, {
    root: directory,
    wildcard: true,
    cacheControl: false,
    setHeaders: (reply, path) => {
      const isNamedByContent = path.startsWith(join(directory, 'assets'))
      reply.setHeader('cache-control', isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  // Pages that the one document draws: their addresses can be opened and shared.
  for (const page of PAGES) app.get(page, (_, reply) => reply.sendFile('index.html'))
}
