/** Over numbers that are of a part of the log: how large it is, and that none of them is final. */
import type { JSX } from 'preact'
import type { Provenance } from '../../query-api/wire.ts'
import { percent } from '../panels/reading.tsx'

export const InDoubt = ({ reading }: { reading: NonNullable<Provenance['reading']> }): JSX.Element => (
  <p class="doubt-note" role="status" data-doubt={percent(reading)}>
    Not final: of {percent(reading)}
    {'\u202f'}% of the log, the {reading.newestFirst ? 'newest' : 'oldest'} records first.
  </p>
)
