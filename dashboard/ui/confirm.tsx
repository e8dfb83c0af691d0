/** Asked before anything is written into a log. */
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { JSX } from 'preact'

export interface ConfirmProps {
  readonly source: string
  readonly topic: string
  /** The record. */
  readonly body: string
  readonly close: (sends: boolean) => void
}

/** Names topic and record before anything is written: a log keeps what it is given. */
export function Confirm({ source, topic, body, close }: ConfirmProps): JSX.Element {
  const box = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => box.current?.showModal(), [])
  return (
    <dialog
      ref={box}
      class="help"
      aria-label={`Send a record into topic ${topic}`}
      onClose={() => close(false)}
    >
      <h2>Send this record into topic {topic}?</h2>
      <p class="i2">
        It is written into the log and stays there, and {source} counts it like any other event.
      </p>
      <div class="code">
        <pre>{body}</pre>
      </div>
      <div class="acts">
        <button type="button" class="btn main" onClick={() => close(true)}>
          Send into {topic}
        </button>
        <button type="button" class="btn" onClick={() => close(false)}>
          Cancel
        </button>
      </div>
    </dialog>
  )
}
