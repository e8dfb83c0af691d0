/** `tidemark tail SOURCE`: raw events, or dead letters, as they come. */
import type { Client } from '../../client/client.ts'
import { live } from '../../client/live.ts'
import { queryText } from '../../client/query-text.ts'
import type { RejectRow, TailAnswer, TailRow } from '../../query-api/wire.ts'
import { apiFlags, clientOf, explained } from '../args/api.ts'
import { CommandError, exitCodes } from '../args/exit.ts'
import { describeFlags, parseFlags, type Flag } from '../args/flags.ts'
import { listenForStop, type Stop } from '../args/stop-signal.ts'
import { readNumber } from '../args/values.ts'
import { NewRows, rowLine } from './tail-rows.ts'

const flags = {
  limit: { argument: 'N', description: 'rows of before that are shown first (10)' },
  via: { argument: 'WAY', description: 'only events that came this way, such as http' },
  rejects: { description: 'dead letters in place of events' },
  once: { description: 'the newest rows, and no waiting for more' },
  format: { argument: 'FORM', description: 'raw (what was sent, after where it stands) or ndjson (raw)' },
  ...apiFlags,
  help: { description: 'this text' },
} satisfies Record<string, Flag>

const help = `tidemark tail: raw events of a source as they come, until interrupted

usage: tidemark tail SOURCE [flags]

${describeFlags(flags)}
Where more come than are looked at, a line on the error output says that some are not shown.
exit codes: 0 done, 1 no answer, 2 wrong usage
`

/** Rows that one look can have. */
const MOST = 100
const REJECTS_EVERY_MS = 1000

interface Asked {
  readonly source: string
  readonly via: string | undefined
  readonly isRejects: boolean
}
type Row = TailRow | RejectRow

export async function run(argv: string[]): Promise<number> {
  const values = parseFlags('tail', argv, flags, 'source')
  if (values['help'] === true) {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const { source, format = 'raw' } = values
  if (typeof source !== 'string') throw usage('of which source? tidemark tail SOURCE')
  if (format !== 'raw' && format !== 'ndjson') throw usage(`--format ${String(format)}: write raw or ndjson.`)
  const via = values['via'] === undefined ? undefined : String(values['via'])
  const isRejects = values['rejects'] === true
  if (isRejects && via !== undefined) throw usage('--via is of events; dead letters have none')
  const limit = readNumber('limit', String(values['limit'] ?? '10'), { least: 0, most: MOST, whole: true })
  const client = clientOf(values)
  const rows = new NewRows<Row>(limit)
  const show = (all: readonly Row[]): void => {
    const { fresh, isGap } = rows.take(all, MOST)
    if (isGap) process.stderr.write('tidemark tail: more came than is looked at; some are not shown\n')
    process.stdout.write(fresh.map((row) => rowLine(row, format)).join(''))
  }
  try {
    await follow(client, { source, via, isRejects }, values['once'] === true, show)
  } catch (error) {
    throw explained(error, client)
  }
  return exitCodes.ok
}

async function follow(
  client: Client,
  asked: Asked,
  isOnce: boolean,
  show: (rows: readonly Row[]) => void,
): Promise<void> {
  const { source, via, isRejects } = asked
  const look = async (): Promise<readonly Row[]> =>
    (
      await (isRejects
        ? client.rejects({ source, limit: MOST })
        : client.events({ source, via, limit: MOST }))
    ).rows
  // A source that is not there is said before anything is waited for.
  show(await look())
  if (isOnce) return
  const stop = listenForStop()
  try {
    if (isRejects) await poll(stop, async () => show(await look()))
    else await listen(client, stop, queryText('events', { source, via, limit: MOST }), show)
  } finally {
    stop.release()
  }
}

/** Dead letters are no live query: they are few, and looked for every second. */
async function poll(stop: Stop, look: () => Promise<void>): Promise<void> {
  while (!stop.stopped()) {
    await stop.sleep(REJECTS_EVERY_MS)
    if (!stop.stopped()) await look()
  }
}

async function listen(
  client: Client,
  stop: Stop,
  text: string,
  show: (rows: readonly Row[]) => void,
): Promise<void> {
  const ended: { by?: Error } = {}
  const close = live(client, [text], {
    answer: (_, answer) => show((answer as TailAnswer).rows),
    problem: (_, { detail, title }) => process.stderr.write(`tidemark tail: ${detail ?? title}\n`),
    lost: (_, retryMs) =>
      process.stderr.write(`tidemark tail: the API is away; tried again in ${retryMs / 1000} s\n`),
    refused: (error) => void (ended.by = error),
  })
  try {
    while (!stop.stopped() && ended.by === undefined) await stop.sleep(REJECTS_EVERY_MS)
  } finally {
    close()
  }
  if (ended.by !== undefined) throw ended.by
}

const usage = (fault: string): CommandError => new CommandError(fault, exitCodes.usage)
