/** A live time plot: the canvas, its pointer and its keys. What it shows is decided in `scenes.ts`. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { hold } from '../live/page.ts'
import { paletteRound } from '../scope/theme.ts'
import { nearest } from './axis.ts'
import { cursorMs, leave, near } from './cursor.ts'
import { readPalette, type Palette } from './palette.ts'
import { createPlot, type Plot } from './plot.ts'
import { boxOf, timeAt, yOf, type Scene } from './scene.ts'

interface Props {
  readonly id: string
  readonly label: string
  readonly scene: Scene
  /** Keys of the scene's curves, in its order. */
  readonly keys: readonly string[]
  /** What a screen reader hears when the cursor moves. */
  readonly spoken: string
}

const keyMoves: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, Home: Number.NEGATIVE_INFINITY, End: Number.POSITIVE_INFINITY }

export function TimeChart({ id, label, scene, keys, spoken }: Props): JSX.Element {
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<Plot>(undefined)
  const palette = useRef<{ round: number; colours: Palette }>(undefined)
  const [size, setSize] = useState<{ widthPx: number; heightPx: number; gutterPx: number }>()
  const round = paletteRound.value

  useLayoutEffect(() => {
    const element = host.current!
    const measure = (): void =>
      setSize((had) => {
        const gutterPx = Number.parseFloat(getComputedStyle(element).getPropertyValue('--axis-w')) || 36
        const [widthPx, heightPx] = [element.clientWidth, element.clientHeight]
        return had?.widthPx === widthPx && had.heightPx === heightPx && had.gutterPx === gutterPx ? had : { widthPx, heightPx, gutterPx }
      })
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const gutterPx = size?.gutterPx
  useEffect(() => {
    plot.current?.destroy()
    plot.current = undefined
    return () => {
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [gutterPx])

  useLayoutEffect(() => {
    if (size === undefined || size.widthPx < 80) return
    const element = host.current!
    if (palette.current?.round !== round) palette.current = { round, colours: readPalette(element) }
    plot.current ??= createPlot(element, size)
    plot.current.resize(size.widthPx, size.heightPx)
    plot.current.show(scene, palette.current.colours)
  })

  function point(event: PointerEvent): void {
    if (size === undefined) return
    const bounds = host.current!.getBoundingClientRect()
    const box = boxOf(size.widthPx, size.heightPx, size.gutterPx)
    const i = nearest(scene.timesMs, timeAt(scene, box, event.clientX - bounds.left))
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

  function press(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
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
        onPointerEnter={(event) => event.pointerType === 'mouse' && hold(true)}
        onPointerDown={point}
        onPointerMove={point}
        onPointerLeave={() => {
          leave()
          hold(false)
        }}
        onMouseDown={(event) => event.preventDefault()}
        onFocus={() => hold(true)}
        onBlur={() => {
          leave()
          hold(false)
        }}
        onKeyDown={press}
      />
      <span class="sr" aria-live="polite">
        {spoken}
      </span>
    </figure>
  )
}
