/** What the simulator sends, in the fields of the two shipped sources. Money is kept in cents beside the event, so that sums of truth are exact. */

export type ClickType = 'page_view' | 'click' | 'purchase'

export interface Click {
  ts: string
  type: ClickType
  path: string
  country: string
  device: string
  referrer?: string
  visitor: string
  /** Milliseconds; page views only. */
  loadMs?: number
  /** Euro with two decimals; purchases only. */
  amount?: number
}

export type Signal = 'temperature' | 'humidity' | 'power'

export interface Reading {
  ts: string
  device: string
  site: string
  signal: Signal
  /** Two decimals at most. */
  value: number
  unit: string
  /** The total of the device's meter in Wh, one decimal; with its power only. It begins anew with the device. */
  counter?: number
}

export type SourceName = 'clicks' | 'readings'
export const sourceNames = ['clicks', 'readings'] as const satisfies readonly SourceName[]

/** Why the pipeline must refuse a record; the names are those of the reject ledger. */
export type Fault = 'not_json' | 'missing_field' | 'wrong_type' | 'bad_time' | 'not_utf8' | 'empty'

/** One record to send, with what is true of it. */
export interface SimulatedRecord {
  source: SourceName
  key: string
  value: Buffer | null
  /** Null where the record is malformed. */
  event: Click | Reading | null
  eventMs: number
  /** The event time lies well before that of the events around it. */
  late: boolean
  /** The same bytes were sent before. */
  duplicate: boolean
  fault: Fault | null
}
