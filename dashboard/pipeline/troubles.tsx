/** What is not as it should be, each in one sentence with what to do; nothing where all is well. */
import type { JSX } from 'preact'
import type { StatusAnswer } from '../../query-api/wire.ts'
import { Glyph } from '../ui/icons.tsx'
import { amount, momentOf } from '../format/format.ts'
import { visible } from '../format/names.ts'
import { spentWords } from '../format/budget-words.ts'
import { fault } from './status-polling.ts'
import { isCounted } from './partition-state.ts'

interface Trouble {
  readonly key: string
  readonly bad: boolean
  readonly words: string
}

const listed = (numbers: readonly number[]): string =>
  numbers.length > 12
    ? `${numbers.slice(0, 12).join(', ')} and ${numbers.length - 12} more`
    : numbers.join(', ')

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)

/** Partitions of a source that lack for one reason are one trouble. */
function troublesOf({ sources, kafka, damaged, nowMs }: StatusAnswer): Trouble[] {
  const found: Trouble[] = []
  if (fault.value !== null)
    found.push({
      key: 'api',
      bad: true,
      words: `The API does not tell where things stand: ${fault.value}. What shows is of ${momentOf(nowMs)}.`,
    })
  if (kafka.state !== 'up')
    found.push({
      key: 'kafka',
      bad: true,
      words: `${kafka.state === 'not asked' ? 'This API has no Kafka to ask' : `Kafka does not answer this API${kafka.atMs === null ? '' : ` (it last answered at ${momentOf(kafka.atMs)})`}${kafka.why === null ? '' : `: ${kafka.why}`}`}. Log ends are what was last seen; more records may wait.`,
    })
  for (const { source, provenance } of sources)
    if (kafka.state === 'up' && provenance.logEnd.from !== 'kafka')
      found.push({
        key: `${source} end`,
        bad: false,
        words: `${source}: ${sentence(provenance.logEnd.why ?? 'its ends are not known')} Log ends are what was last seen.`,
      })
  for (const { source, partitions, damaged: keys } of sources) {
    const groups = new Map<string, { state: string; why: string; numbers: number[]; waits: number }>()
    for (const one of partitions) {
      if (isCounted(one)) continue
      const why = one.why ?? one.halt?.message ?? ''
      // Partitions of one worker fell silent within a second or so of each other: that is one sentence.
      const kind = `${one.state} ${why.replace(/\d+ (?:s|min)\b/, '')}`
      const group = groups.get(kind) ?? { state: one.state, why, numbers: [], waits: 0 }
      group.numbers.push(one.partition)
      group.waits += one.behindRecords
      groups.set(kind, group)
    }
    for (const { state, why, numbers, waits } of groups.values())
      found.push({
        key: `${source} ${state} ${numbers.join()}`,
        bad: state === 'halted' || state === 'damaged',
        words: `${source}, partition${numbers.length === 1 ? '' : 's'} ${listed(numbers)}: ${sentence(why === '' ? state : why)} ${waits === 0 ? 'No record waits.' : `${amount(waits)} ${waits === 1 ? 'record waits' : 'records wait'} in the log.`}`,
      })
    for (const { key, field, why, todo } of keys)
      found.push({
        key,
        bad: true,
        words: `${source}: ${key}${field === null ? '' : `, field ${field}`}: ${why}. ${todo}`,
      })
  }
  for (const { source, spentBudgets } of sources)
    for (const one of spentBudgets) {
      const { said, sample, means } = spentWords(one)
      const such = sample.length === 0 ? '' : `, such as ${visible(sample.join(', '))}`
      found.push({
        key: `${source} spent ${one.kind} ${one.by}`,
        bad: false,
        words: `${source}: ${said}${such}. ${means}`,
      })
    }
  for (const { key, why, todo } of damaged) found.push({ key, bad: true, words: `${key}: ${why}. ${todo}` })
  return found
}

/** All well is said too, in the same place: a trouble that comes moves little. */
export function Troubles({ status }: { status: StatusAnswer }): JSX.Element {
  const found = troublesOf(status)
  const all = status.sources.reduce((sum, { partitions }) => sum + partitions.length, 0)
  return (
    <section class="panel w12" data-panel="troubles" aria-label="What is not as it should be">
      {found.length === 0 && (
        <p class="trouble i3">
          <Glyph name="ok" />
          <span>
            Each of {amount(all)} {all === 1 ? 'partition' : 'partitions'} has a worker, and Kafka says where
            its log ends.
          </span>
        </p>
      )}
      {found.map(({ key, bad, words }) => (
        <p key={key} class="trouble">
          <span class={bad ? 'bad' : 'warn'}>
            <Glyph name={bad ? 'bad' : 'stale'} />
          </span>
          <span>{words}</span>
        </p>
      ))}
    </section>
  )
}
