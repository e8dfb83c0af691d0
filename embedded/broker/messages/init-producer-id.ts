import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'

export interface InitProducerIdResponse {
  readonly error: ErrorName
  readonly producerId: number
  readonly producerEpoch: number
}

/** Gives an idempotent producer an id that no other ever had. */
export const initProducerId: Message<{ readonly transactionalId: string | null }, InitProducerIdResponse> = {
  key: 22,
  name: 'InitProducerId',
  versions: [0, 5],
  flexibleFrom: 2,
  decode: (reader) => ({ transactionalId: reader.nullableString() }),
  encode(writer, _version, { error, producerId, producerEpoch }) {
    writer.int32(0).int16(errorCode(error)).int64(producerId).int16(producerEpoch)
  },
}
