/** One Kafka record as it lies in its opened batch. Valid until the cursor that shows it steps on. */
export interface RecordView {
  readonly bytes: Buffer
  readonly offset: number
  readonly keyAt: number
  /** -1 is null. */
  readonly keyLength: number
  readonly valueAt: number
  /** -1 is null. */
  readonly valueLength: number
  /** The first header of that name; null where there is none or its value is null. */
  header(name: string): string | null
}
