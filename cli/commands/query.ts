/** `tidemark query SOURCE.METRIC`: what the API answers, once or as it changes. */
import { ApiError } from '../../client/api-error.ts'
import { live } from '../../client/live.ts'
import type { Client } from '../../client/client.ts'
import { clientOf, explained } from '../args/api.ts'
import { exitCodes } from '../args/exit.ts'
import { describeFlags, parseFlags } from '../args/flags.ts'
import { listenForStop } from '../args/stop-signal.ts'
import { queryFlags, readQueryConfig, type Asked, type QueryConfig } from './query/config.ts'
import { shownAnswer, type Answer } from './query/output.ts'

const help = `tidemark query: asks a running API for numbers

usage: tidemark query SOURCE.METRIC[.STATISTIC] [flags]
       tidemark query SOURCE --sessions | --funnel NAME | --retention NAME | --journeys [flags]

${describeFlags(queryFlags)}
examples:
  tidemark query clicks.events --by country --from now-1h
  tidemark query clicks.views --by path --top --compare previous
  tidemark query readings.value.max --by signal --interval 1h --from now-1d --format csv
  tidemark query web --sessions --by entry --from now-1d
  tidemark query web --funnel checkout --from now-7d --compare previous
  tidemark query clicks.events --watch
watched, a question that no breakdown holds is answered from the log: what is read so far is shown as NOT FINAL, then the answer.
exit codes: 0 answered, 1 no answer, 2 wrong usage, or a question that has no answer
`

/** Between two frames of a table that is watched: a reader reads no faster. */
const FRAME_MS = 500

export async function run(argv: string[]): Promise<number> {
  const values = parseFlags('query', argv, queryFlags, 'subject')
  if (values['help'] === true) {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const [config, client] = [readQueryConfig(values), clientOf(values)]
  if (config.isWatch) return watch(client, config)
  try {
    const answer = await askOnce(client, config.asked)
    process.stdout.write(shownAnswer(answer, config.form, config.tz))
    return exitCodes.ok
  } catch (error) {
    throw explained(error, client)
  }
}

const askOnce = (client: Client, { name, query }: Asked): Promise<Answer> =>
  client.ask(name, query) as Promise<Answer>

/** Until interrupted. A question that has no answer, and a stream that is refused, end it. */
async function watch(client: Client, { asked, form, tz }: QueryConfig): Promise<number> {
  const stop = listenForStop()
  const ended: { by?: unknown } = {}
  let newest: Answer | null = null
  const close = live(client, [asked.text], {
    answer: (_, answer) => void (newest = answer as Answer),
    // A line of CSV has no place to say that it is in doubt.
    part: (_, part) => void (newest = form === 'csv' ? null : part),
    problem: (_, problem) => {
      if (problem.status < 500) ended.by = new ApiError(problem.status, problem)
      else process.stderr.write(`tidemark query: ${problem.detail ?? problem.title}\n`)
    },
    lost: (_, retryMs) =>
      process.stderr.write(`tidemark query: the API is away; tried again in ${retryMs / 1000} s\n`),
    refused: (error) => void (ended.by = error),
  })
  try {
    while (!stop.stopped() && ended.by === undefined) {
      if (newest !== null) {
        const screen = process.stdout.isTTY && form === 'table' ? '\u001b[H\u001b[2J' : ''
        process.stdout.write(`${screen}${shownAnswer(newest, form, tz)}`)
        newest = null
      }
      await stop.sleep(FRAME_MS)
    }
  } finally {
    close()
    stop.release()
  }
  if (ended.by !== undefined) throw explained(ended.by, client)
  return exitCodes.ok
}
