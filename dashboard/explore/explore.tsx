/** The Explore page: a question in four rows, its charts, its table, and what is to be known of the answer. */
import { useEffect, useLayoutEffect } from 'preact/hooks'
import type { JSX } from 'preact'
import { ofPage } from '../state/slots.ts'
import { addsUp, formOf, FORMS, isStackable, type Ask, type Form } from './ask.ts'
import { Answer } from './answer.tsx'
import { ExploreChart } from './chart.tsx'
import { Numbers } from './numbers.tsx'
import { Question } from './question.tsx'
import { ask, change, questions } from './state.ts'
import { ExploreTable } from './table.tsx'
import { formNames } from './words.ts'

/** Why a form does not suit what is shown; undefined where it does. */
function unfit(form: Form, now: Ask): string | undefined {
  if (form !== 'stack' && form !== 'bars') return undefined
  const first = now.shown[0]!
  if (isStackable(first, now) || (form === 'bars' && now.by.length === 0)) return undefined
  return first.per !== null || !addsUp(first.of)
    ? 'Its parts do not add up to a whole: there is nothing to stack'
    : 'An event counts under each value of a list: such parts do not add up'
}

function Forms({ now }: { now: Ask }): JSX.Element {
  const at = formOf(now)
  return (
    <div class="forms">
      <div class="seg" role="group" aria-label="Drawn as">
        {FORMS.map((form) => {
          const why = unfit(form, now)
          return (
            <button
              key={form}
              type="button"
              data-form={form}
              aria-pressed={form === at}
              disabled={why !== undefined}
              title={why}
              onClick={() => change({ form })}
            >
              {form === 'stack' && now.by.length === 0 ? 'Area' : formNames[form]}
            </button>
          )
        })}
      </div>
    </div>
  )
}

export function Explore(): JSX.Element {
  const now = ask.value
  const wanted = questions.value
  // Before the first paint: the stream is opened once, with all of it.
  useLayoutEffect(() => {
    ofPage.value = wanted
  }, [wanted])
  useEffect(() => () => void (ofPage.value = []), [])
  if (now === undefined) return <p class="wait i2">No source has a metric that could be asked for.</p>
  const form = formOf(now)
  return (
    <>
      <h1 class="sr">Explore</h1>
      <Question ask={now} />
      <Forms now={now} />
      <Numbers ask={now} />
      <div class="sheet explore" data-form={form}>
        {form !== 'number' && now.shown.map((_, at) => <ExploreChart key={at} ask={now} at={at} />)}
        {now.by.length > 0 && <ExploreTable ask={now} />}
        <Answer ask={now} />
      </div>
    </>
  )
}
