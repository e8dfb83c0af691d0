/** The numbers of the whole range, one for each of the shown, with what they were in the time compared with. */
import type { JSX } from 'preact'
import { brief, fixed } from '../format/format.ts'
import { changeWords } from '../format/values.ts'
import { SlotChip } from '../freshness/slot-chip.tsx'
import { sayBetween } from '../panels/whole-say.ts'
import { isPercentage, sayShown } from './say.ts'
import { isSummable, shownTitle, type Ask } from './ask.ts'
import { summedOf, wholeOf, type Whole } from './rows.ts'
import { rankedOf, seriesBehind, topBehind } from './state.ts'

function changeText(ask: Ask, at: number, { value, against }: Whole): string {
  if (ask.against === null || value === null) return ''
  if (against === null) return 'no full period before'
  const { now, before, change } = against
  const shown = ask.shown[at]!
  const isPercent = isPercentage(shown)
  const was = `was ${isPercent ? sayShown(shown)(before) : brief(before)}`
  if (isPercent) {
    const points = (now - before) * 100
    return `${points >= 0 ? '↑' : '↓'} ${fixed(Math.abs(points), 2)} points, ${was}`
  }
  if (change === null) return was
  const { arrow, text } = changeWords(change)
  return `${arrow} ${text}, ${brief(now)} ${was}`
}

/** Null while it is not known. */
function numberOf(ask: Ask, at: number): { whole: Whole; slots: readonly string[] } | null {
  const isSummed = ask.by.length === 0 && isSummable(ask.shown[at]!)
  if (isSummed) {
    const behind = seriesBehind(ask, at)
    return behind.of === null || behind.waits || behind.ghost
      ? null
      : { whole: summedOf(behind.of, behind.per), slots: behind.slots }
  }
  const behind = topBehind(ask, at)
  const whole = behind.waits || behind.ghost ? null : wholeOf(rankedOf(behind, ask.shown[at]!))
  return whole === null ? null : { whole, slots: behind.slots }
}

export function Numbers({ ask }: { ask: Ask }): JSX.Element {
  return (
    <div class={`numbers-x n${ask.shown.length}`}>
      {ask.shown.map((shown, at) => {
        const found = numberOf(ask, at)
        const say = sayShown(shown)
        return (
          <div
            class="stat"
            key={at}
            data-number={shownTitle(shown)}
            data-value={found?.whole.value ?? undefined}
          >
            <div class="h">
              <span class="cut">{shownTitle(shown)}</span>
              {found !== null && <SlotChip of={found.slots} size="tile" />}
            </div>
            <div class="m">
              {found === null ? (
                <span class="val">
                  <span class="sk" style="width:96px;height:22px" />
                </span>
              ) : found.whole.value === null ? (
                <span class="val nil">no data</span>
              ) : (
                <span class="val">{sayBetween(found.whole, found.whole.value, say)}</span>
              )}
            </div>
            <div class="chg">{found === null ? '' : changeText(ask, at, found.whole)}</div>
          </div>
        )
      })}
    </div>
  )
}
