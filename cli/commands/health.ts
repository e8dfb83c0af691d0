/** `tidemark health`: asks a process on this machine how it is, for the health checks of containers that have no curl. */
import { CommandError, exitCodes } from '../args/exit.ts'
import { describeFlags, parseFlags, type Flag } from '../args/flags.ts'
import { readNumber } from '../args/values.ts'

const flags = {
  port: { argument: 'PORT', description: 'of serve (4400), or the --metrics-port of ingest' },
  live: { description: 'ask /livez, whether it runs, instead of /readyz, whether it does its work' },
  help: { description: 'this text' },
} satisfies Record<string, Flag>

const help = `tidemark health: asks a running serve or ingest on this machine how it is

usage: tidemark health [flags]

${describeFlags(flags)}
exit codes: 0 well, 1 not well or no answer within 3 s, 2 wrong usage
`

const PATIENCE_MS = 3000

export async function run(argv: string[]): Promise<number> {
  const values = parseFlags('health', argv, flags)
  if (values['help'] === true) {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const port = readNumber('port', String(values['port'] ?? '4400'), { least: 1, most: 65_535, whole: true })
  const path = values['live'] === true ? '/livez' : '/readyz'
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch((error: Error) => {
    throw new CommandError(
      `nothing answers on port ${port}: ${error.name === 'TimeoutError' ? `no answer within ${PATIENCE_MS / 1000} s` : 'connection refused'}`,
    )
  })
  const text = (await answer.text().catch(() => '')).slice(0, 2000).trim()
  if (!answer.ok) throw new CommandError(`${path} on port ${port} says ${answer.status}: ${text}`)
  process.stdout.write(`${text}\n`)
  return exitCodes.ok
}
