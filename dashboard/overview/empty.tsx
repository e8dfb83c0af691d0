/** Before the first event: how to send one, and what is ready and waits for it. */
import { useEffect, useState } from 'preact/hooks'
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import type { StatusAnswer } from '../../query-api/wire.ts'
import { SlotChip } from '../freshness/slot-chip.tsx'
import { Glyph } from '../ui/icons.tsx'
import { api } from '../state/api.ts'
import { serverNowMs } from '../state/clock.ts'
import { kafkajsCode, kcatCode } from '../panels/example.ts'
import { CodeBox, SendBox, SendButton } from '../panels/send-event.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { amount } from '../format/format.ts'
import { countOf, slots } from '../plan/plan.ts'
import type { Section } from '../plan/section.ts'

const ways = ['curl', 'kcat', 'kafkajs']

const status = signal<StatusAnswer | null>(null)

/** Where Kafka is, as the API tells: only where it is on the machine that serves the page. Elsewhere the reader knows. */
const kafka = (): string => status.value?.kafka.at ?? 'HOST:PORT'

function Way({ way, section }: { way: string; section: Section }): JSX.Element {
  const source = section.sources[0]!
  if (way === 'kcat') return <CodeBox parts={kcatCode(source, kafka(), serverNowMs())} />
  if (way === 'kafkajs') return <CodeBox parts={kafkajsCode(source, kafka(), serverNowMs())} />
  return <SendBox source={source} />
}

function Ready({ section }: { section: Section }): JSX.Element {
  useEffect(() => {
    let over = false
    const look = (): void => {
      api
        .state('status')
        .then((answer) => {
          if (!over) status.value = answer
        })
        .catch(() => undefined)
    }
    look()
    const timer = setInterval(look, 2000)
    return () => {
      over = true
      clearInterval(timer)
    }
  }, [])
  const counted = status.value?.sources.flatMap(({ partitions }) => partitions) ?? []
  const ready = counted.filter(({ stale }) => !stale).length
  return (
    <table class="rows wide-2">
      <caption class="sr">What is ready</caption>
      <tbody>
        <tr>
          <td>
            <span class={ready > 0 ? 'accent' : 'i3'}>
              <Glyph name={ready > 0 ? 'check' : 'quiet'} />
            </span>
          </td>
          <td>Workers</td>
          <td class="i2 cut">
            {status.value === null
              ? 'asking'
              : ready === 0
                ? 'none counts yet'
                : `count ${ready} of ${counted.length} partitions`}
          </td>
          <td class="r i3" />
        </tr>
        {section.sources.map((source) => {
          const found = status.value?.sources.find((one) => one.source === source.source)
          const records = found?.partitions.reduce((sum, one) => sum + one.end - one.first, 0) ?? 0
          return (
            <tr key={source.source}>
              <td>
                <span class="i3">
                  <Glyph name="quiet" />
                </span>
              </td>
              <td>{source.source}</td>
              <td class="i2 cut">
                topic {source.topic}, {source.partitions} partitions, definition {source.def}
              </td>
              <td class="r">{amount(records)} records</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

export function Hero({ section }: { section: Section }): JSX.Element {
  const [way, setWay] = useState(ways[0]!)
  const totals = section.sources.flatMap((source) =>
    countOf(source) === undefined ? [] : [slots.total(countOf(source)!)],
  )
  return (
    <>
      <section class="panel w7 hero" data-panel="hero" aria-label="Nothing has arrived yet">
        <h2 class="big">Nothing has arrived yet</h2>
        <p class="i2">
          Tidemark is listening. Send one event; it shows on this page within a second, and stays for as long
          as the definition says.
        </p>
        <Tabs label="Ways to send an event" names={ways} at={way} onChoose={setWay} say={(name) => name} />
        <Way way={way} section={section} />
        <p class="i3 xs">
          {way === 'curl'
            ? 'It answers 202 once Kafka has the event, with the partition and offset it got. The time is filled in when left out.'
            : `Records are keyed by ${section.sources[0]!.key}.${status.value?.kafka.at === undefined ? ' Put the address of your Kafka in place of HOST:PORT.' : ''}`}
        </p>
        <div class="acts">
          <SendButton source={section.sources[0]!} label="Send this event for me" main />
        </div>
      </section>
      <section class="panel w5" aria-label="Ready and waiting">
        <div class="ph">
          <h2>Ready and waiting</h2>
          <SlotChip of={totals} />
        </div>
        <Ready section={section} />
        <div class="foot">
          <span>
            A topic of your own? Describe it in a definition and start with <code>--definition FILE</code>.
          </span>
        </div>
      </section>
    </>
  )
}
