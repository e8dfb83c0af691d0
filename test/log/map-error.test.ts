/** What Kafka answers, put into the table that callers branch on. */
import { expect, test, vi } from 'vitest'
import { toLogError } from '../../log/kafka/map-error.ts'
import { createErrorFromCode } from '../../log/kafka/kafkajs-patches.ts'

test.each([
  [22, 'LOG_REBALANCING', true],
  [25, 'LOG_REBALANCING', true],
  [27, 'LOG_REBALANCING', true],
  [10, 'RECORD_TOO_LARGE', false],
  [18, 'RECORD_TOO_LARGE', false],
  [3, 'TOPIC_UNKNOWN', false],
  [29, 'LOG_NOT_AUTHORIZED', false],
])('error %i of the protocol is %s', (number, code, retry) => {
  const error = new Error('the request failed', { cause: createErrorFromCode(number) })
  expect(toLogError(error, 'commit of clicks')).toMatchObject({ code, retry })
})

test('a kafkajs that was loaded before it was fitted is not taken', async () => {
  vi.resetModules()
  await expect(import('../../log/kafka/kafkajs-patches.ts')).rejects.toMatchObject({
    code: 'LOG_CLIENT_MISMATCH',
  })
})
