/** The figures of all sessions of the range. */
import type { JSX } from 'preact'
import type { SessionsAnswer } from '../../query-api/wire.ts'
import { Tile } from '../panels/tile.tsx'
import { view } from '../state/navigation.ts'
import { filters, known } from '../state/slots.ts'
import { factFilters } from '../plan/facts.ts'
import { changeOfFigure, FIGURES, overOf, tileOf, type FigureName } from './figures.ts'
import { slotOfPanel, type SessionsSpec } from './plan.ts'

function under(name: FigureName, { total, meta }: SessionsAnswer): string {
  if (view.value.compare === null) return ''
  const [now, before] = [total[name], total.previous?.[name] ?? null]
  if (meta.previous?.known !== true || now === null || before === null) return 'no full period before'
  return changeOfFigure(name, now, before)
}

export function SessionTiles({ spec }: { spec: SessionsSpec }): JSX.Element {
  const slot = slotOfPanel(spec)
  const { answer } = known<SessionsAnswer>(slot)
  const unfiltered = factFilters(spec.source, spec.by, filters.value).length < filters.value.length
  return (
    <div class="stats" data-tiles={FIGURES.length}>
      {FIGURES.map(({ name, title }) => {
        const value = answer?.total[name] ?? null
        const [text, small] = value === null ? [null] : tileOf(name, value)
        return (
          <Tile
            key={name}
            of={[slot]}
            title={title}
            value={text}
            exactValue={value}
            {...(small !== undefined && { small })}
            spark={answer === null ? [] : overOf(answer, name)}
            under={answer === null || unfiltered ? '' : under(name, answer)}
            unfiltered={unfiltered}
          />
        )
      })}
    </div>
  )
}
