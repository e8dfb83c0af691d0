import type { JSX } from 'preact'

/** A sparkline ends in a dot while its number is alive. */
export function Spark({
  values,
  alive,
}: {
  values: readonly (number | null)[]
  alive: boolean
}): JSX.Element {
  const known = values.filter((value) => value !== null)
  if (known.length < 2) return <svg class="spark" aria-hidden="true" />
  const low = Math.min(...known)
  // Noise must look like noise: a line spans at least a fifth of its level.
  const high = Math.max(...known, low + Math.abs(Math.max(...known)) * 0.2, low + 1e-9)
  const y = (value: number): number => 24 - ((value - low) / (high - low)) * 22
  let path = ''
  let pen = 'M'
  values.forEach((value, i) => {
    if (value === null) pen = 'M'
    else {
      path += `${pen}${((i / (values.length - 1)) * 100).toFixed(2)} ${y(value).toFixed(2)}`
      pen = 'L'
    }
  })
  const last = values.at(-1) ?? null
  return (
    <svg class="spark" aria-hidden="true">
      <svg viewBox="0 0 100 26" preserveAspectRatio="none" width="100%" height="100%" overflow="visible">
        <path class="ln" d={path} />
      </svg>
      {alive && last !== null && (
        <circle class="dot" cx="100%" cy={`${((y(last) / 26) * 100).toFixed(1)}%`} r="2.5" />
      )}
    </svg>
  )
}
