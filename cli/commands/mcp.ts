/** `tidemark mcp`: the tools of a running API for a model, over standard input and output. */
import { mcpOverStdio } from '../../query-api/mcp/server.ts'
import { apiFlags, clientOf } from '../args/api.ts'
import { exitCodes } from '../args/exit.ts'
import { describeFlags, parseFlags, type Flag } from '../args/flags.ts'
import { readVersion } from '../args/version.ts'

const flags = { ...apiFlags, help: { description: 'this text' } } satisfies Record<string, Flag>

const help = `tidemark mcp: tools of a running API for a model, by the Model Context Protocol over standard input and output

usage: tidemark mcp [flags]

${describeFlags(flags)}
The same tools are at /mcp of the API itself, over HTTP. For a client that is configured by a file:
  { "mcpServers": { "tidemark": { "command": "npx", "args": ["tidemark", "mcp", "--url", "http://127.0.0.1:4400"] } } }

exit codes: 0 the input ended, 2 wrong usage
`

export async function run(argv: string[]): Promise<number> {
  const values = parseFlags('mcp', argv, flags)
  if (values['help'] === true) {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const { base } = clientOf(values).options
  const ended = new Promise((resolve) => process.stdin.once('close', resolve))
  const report = (error: unknown): void =>
    void process.stderr.write(`mcp: ${error instanceof Error ? error.message : String(error)}\n`)
  const serving = mcpOverStdio({ version: await readVersion(), report }, async (path) => {
    try {
      const response = await fetch(base + path)
      return { status: response.status, body: await response.text() }
    } catch {
      return {
        status: 0,
        body: `Nothing answers at ${base}; is "tidemark serve" or "tidemark up" running there?`,
      }
    }
  })
  await ended
  await serving.close()
  return exitCodes.ok
}
