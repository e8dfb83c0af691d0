/** In place of numbers that are not there yet: their geometry, and where the log is read for them, how far that is. */
import type { ComponentChildren, JSX } from 'preact'
import { lazy } from '../ui/lazy.tsx'
import { isStopped, scans } from '../state/slots.ts'

const Reading = lazy<{ slots: readonly string[] }>(
  async () => {
    const [reading] = await Promise.all([import('./reading.tsx'), import('../style/opened.css')])
    return reading.Reading
  },
  () => null,
)

export const Awaited = ({
  slots,
  children,
}: {
  slots: readonly string[]
  children: ComponentChildren
}): JSX.Element => (
  <>
    {children}
    {slots.some((slot) => scans.value.has(slot) || isStopped(slot)) && <Reading slots={slots} />}
  </>
)
