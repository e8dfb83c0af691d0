import { useRef } from 'preact/hooks'
import type { JSX } from 'preact'
import { Glyph } from '../ui/icons.tsx'
import { errorWords, freshness, type Evidence } from './freshness.ts'

/** A page that applies something says so by its dot, at most once a second: `a` and `b` are the same motion begun anew. */
function usePulse(asOfMs: number | null): 'a' | 'b' | undefined {
  const last = useRef<{ asOfMs: number | null; atMs: number; beat: 'a' | 'b' | undefined }>({
    asOfMs,
    atMs: 0,
    beat: undefined,
  })
  const nowMs = performance.now()
  if (asOfMs !== last.current.asOfMs && nowMs - last.current.atMs >= 1000)
    last.current = { asOfMs, atMs: nowMs, beat: last.current.beat === 'a' ? 'b' : 'a' }
  return last.current.beat
}

/** A `short` one, of a narrow panel, says of an exact number only how far behind it is, and of another one only what is the matter. */
export type ChipSize = 'panel' | 'short' | 'tile' | 'page'

/** The freshness of a panel, a tile or the page. Its weight follows the doubt; `data-state` says it without words. */
export function Chip({ of, size = 'panel' }: { of: Evidence; size?: ChipSize }): JSX.Element {
  // The page as a whole says how far all is counted; which numbers are approximations their own chips say.
  const { state, words: all, short } = freshness(size === 'page' ? { ...of, error: null } : of)
  const words = size !== 'short' || of.emptyLog ? all : state === 'exact' ? all.slice(-1) : all.slice(0, 1)
  const beat = usePulse(of.asOfMs)
  return (
    <span
      title={state === 'approx' ? errorWords(of.error!) : undefined}
      class={`fresh${size === 'page' ? ' big' : ''}`}
      data-state={state}
      data-beat={size === 'page' && state === 'exact' && !of.held ? beat : undefined}
      data-as-of={of.asOfMs ?? undefined}
    >
      <Glyph name={state} />
      <span>
        {size === 'tile'
          ? short
          : words.map(({ text: own, strong, tail }, i) => {
              const text =
                i === 0 && size === 'page' && of.error !== null && state === 'exact' ? 'complete' : own
              const word = strong ? <b>{text}</b> : text
              return tail === undefined ? (
                word
              ) : (
                <span class="reserve">
                  {word}
                  {tail}
                </span>
              )
            })}
      </span>
    </span>
  )
}
