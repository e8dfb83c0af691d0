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
  [38, 'LOG_UNREACHABLE', true],
  [29, 'LOG_NOT_AUTHORIZED', false],
])('error %i of the protocol is %s', (number, code, retry) => {
  const error = new Error('the request failed', { cause: createErrorFromCode(number) })
  expect(toLogError(error, 'commit of clicks')).toMatchObject({ code, retry })
})

test('a broker that stood still while it was asked is away, it refused nothing', () => {
  const lost = new Error('gave up', { cause: new Error('Broker not connected') }) // as kafkajs throws it
  const waited = Object.assign(new Error('Timeout while acquiring lock'), {
    name: 'KafkaJSLockTimeout',
    retriable: false,
  })
  for (const error of [lost, waited])
    expect(toLogError(error, 'creating topic clicks')).toMatchObject({ code: 'LOG_UNREACHABLE', retry: true })
  expect(toLogError(new Error('what is this'), 'creating topic clicks').code).toBe('LOG_REFUSED')
})

test('a kafkajs that was loaded before it was fitted is not taken', async () => {
  vi.resetModules()
  await expect(import('../../log/kafka/kafkajs-patches.ts')).rejects.toMatchObject({
    code: 'LOG_CLIENT_MISMATCH',
  })
})
