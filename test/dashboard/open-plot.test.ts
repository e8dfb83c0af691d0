/** What a plot gives to uPlot of a step that is not over, and what it draws in its place. */
import { beforeEach, expect, test, vi } from 'vitest'
import type { Palette, Scene } from '../../dashboard/chart/scene.ts'

interface Asked {
  options: { hooks: { draw: ((u: unknown) => void)[] } }
  data: (number | null)[][]
}
const asked: Asked[] = []
vi.mock('uplot', () => ({
  default: class {
    constructor(options: Asked['options'], data: Asked['data']) {
      asked.push({ options, data })
    }
    setSize(): void {}
    setData(data: Asked['data']): void {
      asked.at(-1)!.data = data
    }
    destroy(): void {}
  },
}))
vi.mock('../../dashboard/chart/before.ts', () => ({ paintBefore: () => undefined }))
vi.mock('../../dashboard/chart/paint.ts', () => ({ paintOver: () => undefined, paintUnder: () => undefined }))
// By a name that the compiler does not follow: tests are compiled without the types of a browser.
const FILE: string = '../../dashboard/chart/plot.ts'
const { createPlot } = (await import(FILE)) as {
  createPlot(host: undefined): { show(scene: Scene, palette: Palette, size: object): void }
}

const open = vi.fn()
beforeEach(() => {
  asked.length = 0
  open.mockClear()
})

const values = [10, 20, 4]
const scene = (more: Partial<Scene>): Scene =>
  ({
    timesMs: [1, 2, 3],
    curves: [{ values, fill: 'bar', widthPx: 1, colour: 1 }],
    ...more,
  }) as unknown as Scene
const palette = {} as Palette
const size = { widthPx: 300, heightPx: 100, gutterPx: 40 }

/** Draws as uPlot would, once it has what it asked for. */
function drawn(): void {
  const ctx = {
    canvas: { width: 300 },
    save: () => undefined,
    restore: () => undefined,
    scale: () => undefined,
  }
  for (const draw of asked.at(-1)!.options.hooks.draw) draw({ ctx })
}

test('the open step is no bar of the plot, and is drawn by its own painter from the value that it has', () => {
  createPlot(undefined).show(scene({ open }), palette, size)
  expect(asked.at(-1)!.data).toEqual([
    [1, 2, 3],
    [10, 20, null],
  ])
  drawn()
  expect(open).toHaveBeenCalledOnce()
  expect((open.mock.calls[0]![1] as Scene).curves[0]!.values).toEqual(values)
})

test('without an open step every value is a bar, and nothing is drawn beside', () => {
  const plot = createPlot(undefined)
  plot.show(scene({ open }), palette, size)
  plot.show(scene({}), palette, size)
  expect(asked.at(-1)!.data[1]).toEqual(values)
  drawn()
  expect(open).not.toHaveBeenCalled()
})
