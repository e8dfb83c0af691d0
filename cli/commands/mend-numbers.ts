/** What is done where keys of a source are missing: it is said, and the source is counted again from the log. */
import { afterLoss } from '../../ingest/generations.ts'
import { changeCatalog } from '../../store/calls/catalog.ts'
import type { Store } from '../../store/connection/connection.ts'
import { addEvent } from '../../store/keeper/events.ts'
import type { NumbersDutyOptions } from '../../store/keeper/numbers-duty.ts'

export const mendNumbers =
  (
    store: Store,
    by: string,
    log: (line: string, level?: 'warn') => void,
    now: () => number,
  ): NumbersDutyOptions['lost'] =>
  async (source, catalog, why, mayMend) => {
    const text = `${source}: the store lost keys: ${why}; ${
      mayMend
        ? 'it is counted again from the log, and until then no answer says that it is complete'
        : `that was mended less than an hour ago, so somebody deletes them again and again; find out who, then: tidemark partition rebuild --source ${source}`
    }`
    if (
      mayMend &&
      !(await changeCatalog(store, source, catalog.version, afterLoss(catalog, new Map(), now())))
    )
      return // somebody else was faster: the next draw looks again
    log(text, 'warn')
    await addEvent(store, { kind: 'numbers', text, by })
  }
