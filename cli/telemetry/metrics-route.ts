import type { FastifyPluginAsync } from 'fastify'
import type { Metrics } from './registry.ts'

/** GET /metrics on the port of page and API. */
export function metricsRoute(metrics: Metrics): FastifyPluginAsync {
  return async (app) => {
    app.get('/metrics', async (_, reply) =>
      reply
        .type(metrics.contentType)
        .header('cache-control', 'no-store')
        .send(await metrics.text()),
    )
  }
}
