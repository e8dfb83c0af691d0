/** A part of the page that is seldom opened: its code comes when it is first shown. */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { ComponentType, JSX } from 'preact'

/** `meanwhile` stands in its place until it is there. */
export function lazy<P extends object>(
  load: () => Promise<ComponentType<P>>,
  meanwhile: (props: P) => JSX.Element | null,
): (props: P) => JSX.Element | null {
  let loaded: ComponentType<P> | null = null
  return function Lazy(props: P): JSX.Element | null {
    const part = useSignal(loaded)
    // The server may be away just now: it is asked again.
    const get = (): void =>
      void load().then(
        (found) => (part.value = loaded = found),
        () => setTimeout(get, 2000),
      )
    useEffect(() => void (part.peek() === null && get()), [])
    const Part = part.value
    return Part === null ? meanwhile(props) : <Part {...props} />
  }
}
