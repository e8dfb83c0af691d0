/** All tables that the events of one partition are joined with, as they were at the event that is read. */
import type { TableView } from './history.ts'

export class JoinedTables {
  readonly #views: ReadonlyMap<string, TableView>
  readonly #all: readonly TableView[]

  constructor(views: ReadonlyMap<string, TableView>) {
    this.#views = views
    this.#all = [...views.values()]
  }

  /** Events are of the record at this offset from now on. */
  moveTo(offset: number): void {
    for (const view of this.#all) view.moveTo(offset)
  }

  of(table: string): TableView {
    const view = this.#views.get(table)
    if (view === undefined) throw new RangeError(`there is no table ${table}`)
    return view
  }
}
