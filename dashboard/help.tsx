/** The keys of the page, in a box that `?` opens and Escape closes. */
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { JSX } from 'preact'

const keys = [
  ['L', 'live or paused'],
  ['Z', 'back to the range before a zoom; else twice as much'],
  ['X', 'compare with the stretch before'],
  ['/', 'add a filter'],
  ['T', 'theme'],
  ['O, E, V, P, S', 'overview, explore, visitors, pipeline, store'],
  ['← →', 'on a chart: move the cursor; with Shift ten points'],
  ['Alt ↵', 'on a row of a table: leave it out'],
  ['Esc', 'leave a chart, close a menu'],
  ['?', 'this list'],
] as const

export function Help({ close }: { close: () => void }): JSX.Element {
  const box = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => box.current?.showModal(), [])
  return (
    <dialog
      ref={box}
      class="help"
      aria-label="Keyboard shortcuts"
      onClose={close}
      onClick={(event) => event.target === box.current && box.current?.close()}
    >
      <h2>Keyboard shortcuts</h2>
      <dl>
        {keys.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p>
        What the numbers mean and how they are asked for stands in the{' '}
        <a class="link" href="/docs">
          documentation
        </a>
        .
      </p>
      <button type="button" class="btn" onClick={() => box.current?.close()}>
        Close
      </button>
    </dialog>
  )
}
