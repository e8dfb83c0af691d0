/** A live time plot: the canvas, its pointer and its keys. What it shows is decided in `scenes.ts`. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { held, hold } from '../state/still.ts'
import { axisLabels } from '../format/format.ts'
import { zoomOut } from '../state/live-range.ts'
import { paletteRound } from '../ui/theme.ts'
import { nearest, ySplits } from './axis.ts'
import { cursorMs, leave, near, speaker } from './cursor.ts'
import { gutterPx, need, needsNothing } from './gutter.ts'
import { readPalette } from './palette.ts'
import { createPlot, type Plot, type Size } from './plot.ts'
import { boxOf, pointAt, timeAt, yOf, type Box, type Palette, type Scene } from './scene.ts'
import { DRAG_PX, marked, zoomTo } from './zoom.ts'

interface Props {
  readonly id: string
  readonly label: string
  readonly scene: Scene
  /** Keys of the scene's curves, in its order. */
  readonly keys: readonly string[]
  /** What a screen reader hears when the cursor moves. */
  readonly spoken: string
}

const keyMoves: Record<string, number> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
}

export function TimeChart({ id, label, scene, keys, spoken }: Props): JSX.Element {
  const host = useRef<HTMLDivElement>(null)
  const drag = useRef<{ x: number; at: number }>(undefined)
  const plot = useRef<Plot>(undefined)
  const palette = useRef<{ round: number; colours: Palette }>(undefined)
  const [size, setSize] = useState<Size>()
  const sized = (one: Size): Size => ({ ...one, gutterPx: Math.max(one.gutterPx, widest) })
  const round = paletteRound.value
  const shown: Scene = { ...scene, marked: marked.value }
  const widest = gutterPx.value

  useLayoutEffect(() => {
    const element = host.current!
    const measure = (): void =>
      setSize((had) => {
        const leastPx = Number.parseFloat(getComputedStyle(element).getPropertyValue('--axis-w')) || 36
        const [widthPx, heightPx] = [element.clientWidth, element.clientHeight]
        return had?.widthPx === widthPx && had.heightPx === heightPx && had.gutterPx === leastPx
          ? had
          : { widthPx, heightPx, gutterPx: leastPx }
      })
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  useLayoutEffect(() => {
    if (size === undefined || size.widthPx < 80) return
    if (palette.current?.round !== round) palette.current = { round, colours: readPalette(host.current!) }
    plot.current ??= createPlot(host.current!)
    need(id, axisLabels(ySplits(scene), scene.step).labels, palette.current.colours.font)
    plot.current.show(shown, palette.current.colours, sized(size))
  })
  useLayoutEffect(
    () => () => {
      plot.current?.destroy()
      needsNothing(id)
    },
    [],
  )

  const boxNow = (one: Size): Box => boxOf(one.widthPx, one.heightPx, sized(one).gutterPx)
  const timeOf = (event: PointerEvent): number | undefined =>
    size === undefined
      ? undefined
      : timeAt(scene, boxNow(size), event.clientX - host.current!.getBoundingClientRect().left)

  function press(event: PointerEvent): void {
    point(event)
    const at = timeOf(event)
    if (event.pointerType !== 'mouse') return touched()
    if (event.button !== 0 || at === undefined) return
    drag.current = { x: event.clientX, at }
    host.current!.setPointerCapture(event.pointerId)
  }
  /** A tap sets the cursor and holds the page, until the next tap elsewhere. */
  function touched(): void {
    hold(true)
    const away = (event: Event): void => {
      if (host.current?.contains(event.target as Node)) return
      removeEventListener('pointerdown', away)
      if ((event.target as Element).closest?.('.plot') != null) return
      leave()
      hold(false)
    }
    addEventListener('pointerdown', away)
  }
  function release(event: PointerEvent): void {
    const stretch = marked.value
    drag.current = undefined
    marked.value = null
    if (stretch !== null && event.type === 'pointerup') zoomTo(stretch)
  }

  function point(event: PointerEvent): void {
    if (size === undefined) return
    const at = timeOf(event)
    if (
      drag.current !== undefined &&
      at !== undefined &&
      (marked.value !== null || Math.abs(event.clientX - drag.current.x) >= DRAG_PX)
    )
      marked.value = [drag.current.at, Math.min(scene.toMs, Math.max(scene.fromMs, at))]
    const bounds = host.current!.getBoundingClientRect()
    const box = boxNow(size)
    const i = pointAt(scene, timeAt(scene, box, event.clientX - bounds.left))
    if (i < 0) return
    cursorMs.value = scene.timesMs[i]!
    const y = event.clientY - bounds.top
    let best = -1
    let away = Number.POSITIVE_INFINITY
    scene.curves.forEach((curve, c) => {
      const value = curve.values[i] ?? null
      if (value === null) return
      const distance = Math.abs(yOf(scene, box, value) - y)
      if (distance < away) [best, away] = [c, distance]
    })
    near.value = best < 0 ? null : { chart: id, key: keys[best]! }
  }

  function key(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      marked.value = null
      drag.current = undefined
      leave()
      host.current?.blur()
      return
    }
    const move = keyMoves[event.key]
    if (move === undefined || scene.timesMs.length === 0) return
    event.preventDefault()
    const last = scene.timesMs.length - 1
    const at = cursorMs.value === null ? last + (move < 0 ? 1 : 0) : nearest(scene.timesMs, cursorMs.value)
    cursorMs.value = scene.timesMs[Math.min(last, Math.max(0, at + move * (event.shiftKey ? 10 : 1)))]!
    speaker.value = id
    hold(true)
  }

  return (
    <figure class="chart">
      <div
        ref={host}
        class="plot"
        tabIndex={0}
        role="img"
        aria-label={label}
        data-chart={id}
        onPointerDown={press}
        onPointerMove={(event) => {
          // A chart that came to lie under a resting pointer is not being read.
          if (event.pointerType === 'mouse' && (event.movementX !== 0 || event.movementY !== 0)) hold(true)
          if (held.peek() !== null || event.pointerType !== 'mouse') point(event)
        }}
        onPointerLeave={(event) => {
          // A finger that was lifted has not left: what it touched stays until another touch.
          if (event.pointerType !== 'mouse') return
          leave()
          hold(false)
        }}
        onDblClick={zoomOut}
        onMouseDown={(event) => event.preventDefault()}
        onFocus={() => hold(true)}
        onBlur={() => {
          leave()
          hold(false)
        }}
        onKeyDown={key}
        onPointerUp={release}
        onPointerCancel={release}
      ></div>
      <span class="sr" aria-live="polite">
        {speaker.value === id ? spoken : ''}
      </span>
    </figure>
  )
}
