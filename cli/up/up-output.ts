import { relative } from 'node:path'
import type { Source } from '../../model/definition.ts'
import { isInEvent, putAt } from '../../model/decode/path.ts'
import type { UpConfig } from './up-config.ts'
import type { UpPlan } from './up-plan.ts'
import { showStore } from '../args/store-access.ts'

/** A path as the user would type it from here, when that is shorter. */
export function short(path: string): string {
  const near = relative('.', path)
  return near !== '' && !near.startsWith('..') ? near : path
}

/** The least that a source takes, for a shell's single quotes. The collector adds the time. */
export function sampleEvent(source: Source): string {
  const event: Record<string, unknown> = {}
  for (const { name, optional, from, type, takes } of source.fields)
    if (!optional) {
      const flag = takes?.[0] === 'boolean' ? true : 'hello'
      putAt(event, from.find(isInEvent) ?? [name], type === 'string' ? flag : 1)
    }
  return JSON.stringify(event).replaceAll("'", String.raw`'\''`)
}

/** What a user needs once everything runs: one URL, what runs where, how to send an event, how to stop. */
export function welcome(config: UpConfig, plan: UpPlan, sources: readonly Source[], seconds: number): string {
  const bold = (text: string): string => (config.color ? `\u001b[1m${text}\u001b[0m` : text)
  const [first] = sources
  const source = config.definition === undefined || first === undefined ? 'clicks' : first.name
  const event =
    config.definition === undefined || first === undefined
      ? '{"type":"page_view","path":"/hello","visitor":"me"}'
      : sampleEvent(first)
  const rows = [
    ['page', bold(plan.url)],
    ['kafka', `${plan.kafka}   ${config.kafka === undefined ? 'embedded' : 'yours'}`],
    ['store', `${showStore(plan.store)}   ${config.store === undefined ? 'embedded' : 'yours'}`],
    ['events', config.demo ? 'made-up clicks and readings (--no-demo to start with your own)' : 'yours'],
    ['data', `${short(config.data)}   logs in ${short(plan.logFolder)}`],
  ] as const
  return `
${rows.map(([what, where]) => `  ${what.padEnd(8)}${where}\n`).join('')}
send an event:
  curl '${plan.url}/v1/events?source=${source}' -H 'content-type: application/json' -d '${event}'

up after ${seconds.toFixed(1)} s. Ctrl-C drains and stops; the next start continues where it stood.
`
}

/** What a child had to tell, without its clock; a command in it reaches the engines of this `up`. */
export function newsText(line: string, { reach }: Pick<UpPlan, 'reach'>): string {
  return line
    .replace(/^\S+Z /, '')
    .replace(/tidemark partition (?:skip|rebuild)\b/, (words) => `${words} ${reach}`)
}
