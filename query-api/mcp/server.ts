/** The Model Context Protocol over the API, by its own library, which only this file imports. */
import {
  createMcpHandler,
  fromJsonSchema,
  McpServer,
  type CallToolResult,
} from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { INSTRUCTIONS, toolsOf, type Tool } from './tools.ts'

/** Asks the API for a path; answers its text, or of a text that is too long for a model more than fits. Rejects where nothing answers. */
export type AskApi = (path: string) => Promise<{ readonly status: number; readonly body: string }>

export interface McpOptions {
  readonly version: string
  readonly report: (error: unknown) => void
}

/** More than this helps no model, and fills its memory. */
export const MOST_CHARACTERS = 200_000

/** Whether a call fits is said by the API, whose sentences tell what to do. */
const anyInput = {
  getValidator: () => (input: unknown) => ({ valid: true, data: input, errorMessage: undefined }),
}

function serverOf(tools: readonly Tool[], { version }: McpOptions, ask: AskApi): McpServer {
  const server = new McpServer(
    { name: 'tidemark', title: 'Tidemark', version },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  )
  for (const { name, title, description, inputSchema, path } of tools)
    server.registerTool(
      name,
      {
        title,
        description,
        inputSchema: fromJsonSchema<Record<string, unknown>>(inputSchema, anyInput as never),
        annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
      },
      async (input) => resultOf(await ask(path(input ?? {}))),
    )
  return server
}

/** Problems are results too: a model reads them and asks better. */
function resultOf({ status, body }: { status: number; body: string }): CallToolResult {
  if (status !== 200) return { isError: true, content: [{ type: 'text', text: body }] }
  if (body.length <= MOST_CHARACTERS) return { content: [{ type: 'text', text: body }] }
  const text = `The answer has more than the ${MOST_CHARACTERS} characters that are given; ask with a coarser interval, a shorter range or a smaller limit.`
  return { isError: true, content: [{ type: 'text', text }] }
}

export interface McpRequest {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: unknown
}

/** What a caller did wrong is one line; where in the library it was found tells nobody anything. */
const reported = (error: Error): unknown =>
  error.message.startsWith('Rejected inbound request')
    ? `mcp: ${error.message.replaceAll(/\s+/g, ' ').slice(0, 300)}`
    : error

/** Over HTTP: every request is answered by itself. */
export function mcpOverHttp(options: McpOptions): (request: McpRequest, ask: AskApi) => Promise<Response> {
  const tools = toolsOf(options.version)
  const onerror = (error: Error): void => options.report(reported(error))
  return async ({ method, url, headers, body }, ask) => {
    const handler = createMcpHandler(() => serverOf(tools, options, ask), { onerror })
    return handler.fetch(
      new Request(url, { method, headers, ...(method === 'POST' && { body: JSON.stringify(body ?? null) }) }),
      { parsedBody: body },
    )
  }
}

/** Over the pipes of this process, until its input ends. */
export function mcpOverStdio(options: McpOptions, ask: AskApi): { close(): Promise<void> } {
  const tools = toolsOf(options.version)
  return serveStdio(() => serverOf(tools, options, ask), { onerror: options.report })
}
