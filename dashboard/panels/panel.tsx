import type { ComponentChildren, JSX } from 'preact'
import { SlotChip } from '../freshness/slot-chip.tsx'

interface Props {
  readonly title: string
  readonly unit?: string | undefined
  readonly width: string
  /** Slots whose freshness is the panel's; null while nothing is known yet. */
  readonly of: readonly string[] | null
  /** Stands in place of the title. */
  readonly tabs?: ComponentChildren
  readonly tools?: ComponentChildren
  readonly children: ComponentChildren
  readonly name: string
  /** What it shows answers the question before this one. */
  readonly ghost?: boolean
}

/** A panel: one head with title, unit and freshness, and what is under it. */
export function Panel({
  title,
  unit,
  width,
  of,
  tabs,
  tools,
  children,
  name,
  ghost = false,
}: Props): JSX.Element {
  return (
    <section
      class={`panel ${width}${ghost ? ' ghost' : ''}`}
      data-panel={name}
      data-ghost={ghost ? '' : undefined}
      aria-label={title}
      aria-busy={ghost ? true : undefined}
    >
      <div class="ph">
        {tabs ?? <h2 class="cut">{title}</h2>}
        {unit !== undefined && <span class="unit">{unit}</span>}
        {of === null ? (
          <span class="sk chip-sk" />
        ) : (
          <SlotChip of={of} size={width.startsWith('w4') ? 'short' : 'panel'} />
        )}
        {tools}
      </div>
      {children}
    </section>
  )
}

/** The real geometry in one flat tone: nothing moves when the data lands. */
export function ChartSkeleton(): JSX.Element {
  return (
    <div class="chart loading" role="status" aria-label="Loading">
      <div class="plot">
        <i style="top:0" />
        <i style="top:50%" />
        <span class="sk" />
      </div>
    </div>
  )
}

export function LegendSkeleton({ rows }: { rows: number }): JSX.Element {
  return (
    <div class="lg-sk" aria-hidden="true">
      {Array.from({ length: rows }, (_, i) => (
        <span key={i} class="sk" />
      ))}
    </div>
  )
}
