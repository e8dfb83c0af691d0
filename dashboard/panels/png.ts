/** A panel's plot as a picture, with its title, unit, freshness and legend, in the colours of the page. */

const SCALE = 2
const PAD_PX = 24
const HEAD_PX = 34
const ROW_PX = 22

interface Row {
  readonly colour: string
  readonly cells: readonly string[]
}

const textOf = (element: Element | null): string =>
  (element?.textContent ?? '').replaceAll(/\s+/g, ' ').trim()

function legendOf(panel: Element): Row[] {
  return [...panel.querySelectorAll('.lg tr')].map((row) => {
    const key = row.querySelector('.key')
    const style = key === null ? null : getComputedStyle(key)
    const filled = style !== null && !/^(rgba\(0, 0, 0, 0\)|transparent)$/.test(style.backgroundColor)
    return {
      colour: style === null ? '' : filled ? style.backgroundColor : style.borderTopColor,
      cells: [...row.children].map(textOf),
    }
  })
}

/** Null where the panel has no plot. */
export function pictureOf(panel: Element): HTMLCanvasElement | null {
  const plot = panel.querySelector<HTMLCanvasElement>('.plot canvas')
  if (plot === null) return null
  const legend = legendOf(panel)
  const { color, backgroundColor, fontFamily } = getComputedStyle(panel)
  const surface = /^rgba\(0, 0, 0, 0\)$/.test(backgroundColor)
    ? getComputedStyle(document.body).backgroundColor
    : backgroundColor
  const [widthPx, heightPx] = [plot.clientWidth, plot.clientHeight]
  const picture = document.createElement('canvas')
  picture.width = (widthPx + 2 * PAD_PX) * SCALE
  picture.height = (HEAD_PX + heightPx + 2 * PAD_PX + (legend.length + 1) * ROW_PX) * SCALE
  const ctx = picture.getContext('2d')
  if (ctx === null) return null
  ctx.scale(SCALE, SCALE)
  ctx.fillStyle = surface
  ctx.fillRect(0, 0, picture.width, picture.height)
  const write = (
    words: string,
    x: number,
    y: number,
    font = '13px',
    align: CanvasTextAlign = 'left',
  ): void => {
    ctx.font = `${font} ${fontFamily}`
    ctx.textAlign = align
    ctx.textBaseline = 'middle'
    ctx.fillStyle = color
    ctx.fillText(words, x, y)
  }
  const title = panel.getAttribute('aria-label') ?? ''
  write(title, PAD_PX, PAD_PX, '600 13px')
  const after = PAD_PX + ctx.measureText(title).width + 12
  write(textOf(panel.querySelector('.ph .unit')), after, PAD_PX)
  write(textOf(panel.querySelector('.ph .fresh')), PAD_PX + widthPx, PAD_PX, '11px', 'right')
  ctx.drawImage(plot, PAD_PX, PAD_PX + HEAD_PX - 10, widthPx, heightPx)
  legend.forEach(({ colour, cells }, i) => {
    const y = PAD_PX + HEAD_PX + heightPx + (i + 0.5) * ROW_PX
    if (colour !== '') {
      ctx.fillStyle = colour
      ctx.fillRect(PAD_PX, y - 5, 10, 10)
    }
    write(cells[0] ?? '', PAD_PX + 18, y)
    cells.slice(1).forEach((cell, n) => {
      write(cell, Math.min(widthPx, 320) + PAD_PX + n * 96, y, '13px', 'right')
    })
  })
  return picture
}

export function savePng(panel: Element): void {
  const name = (panel.getAttribute('aria-label') ?? 'chart').toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  pictureOf(panel)?.toBlob((blob) => {
    if (blob === null) return
    const link = document.createElement('a')
    link.href = URL.createObjectURL(blob)
    link.download = `${name}.png`
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
  }, 'image/png')
}
