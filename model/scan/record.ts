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
  key(): Buffer | null
  readonly hasHeaders: boolean
  /** The first header of that name; null where there is none or its value is null. */
  header(name: string): string | null
  /** Looks for a header; where its value lies is then in {@link headerAt} and {@link headerLength}. */
  findHeader(name: string): void
  readonly headerAt: number
  /** -1: there is none, or it is null. */
  readonly headerLength: number
  /** A view into the batch. */
  key(): Buffer | null
  /** Throws where the bytes of its batch are not what was sent. Asked before a record is refused as no text or no JSON. */
  verify(): void
}
