import type { FastifyRequest } from 'fastify'

/** The query string as it came: our own parser refuses what others silently mend. */
export function queryOf(request: FastifyRequest): string {
  const url = request.raw.url ?? ''
  const mark = url.indexOf('?')
  return mark < 0 ? '' : url.slice(mark + 1)
}
