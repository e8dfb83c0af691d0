/** `/mcp`: the Model Context Protocol on the port of the API. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { mcpOverHttp, type AskApi, type McpOptions } from './server.ts'

export const MCP_PATH = '/mcp'

/** Tools ask the API through `ask`, in the name of who called them. */
export const mcpApi =
  (options: McpOptions, ask: (request: FastifyRequest, reply: FastifyReply) => AskApi): FastifyPluginAsync =>
  async (app) => {
    const answer = mcpOverHttp(options)
    app.route({
      method: ['GET', 'POST', 'DELETE'],
      url: MCP_PATH,
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const { method, url, headers, body } = request
        const sent = new Headers()
        for (const [name, value] of Object.entries(headers))
          if (typeof value === 'string' && name !== 'content-length') sent.set(name, value)
        const response = await answer(
          { method, url: `http://api${url}`, headers: sent, body },
          ask(request, reply),
        )
        for (const [name, value] of response.headers) void reply.header(name, value)
        return reply
          .code(response.status)
          .header('cache-control', 'no-store')
          .send(await response.text())
      },
    })
  }
