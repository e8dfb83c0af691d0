/** A first start on a busy Kafka: brokers that learn late of a topic that was just made are waited for, and a topic that is there is not taken for absent. */
import { expect, test } from 'vitest'
import { openTopic, timestampWarning } from '../../ingest/topic.ts'
import { LogError } from '../../log/errors.ts'
import type { LogAdmin } from '../../log/log.ts'

const notHosted = new LogError(
  'TOPIC_UNKNOWN',
  'describing t: This server does not host this topic-partition',
)
const loading = new LogError('LOG_UNREACHABLE', 'partition 0 of t is not served by its leader yet')

/** An admin whose calls fail so often before they answer. */
function busy(failing: Partial<Record<keyof LogAdmin, Error[]>>, partitions: (number | null)[] = [null, 4]) {
  const calls: string[] = []
  const call =
    <T>(name: keyof LogAdmin, answer: () => T) =>
    async (): Promise<T> => {
      calls.push(name)
      const error = failing[name]?.shift()
      if (error !== undefined) throw error
      return answer()
    }
  const admin = {
    partitions: call('partitions', () => (partitions.length > 1 ? partitions.shift()! : partitions[0]!)),
    createTopic: call('createTopic', () => true),
    ranges: call('ranges', () => new Map()),
    clusterId: call('clusterId', () => 'c'),
    cleanupPolicy: call('cleanupPolicy', () => 'delete' as const),
    timestampType: call('timestampType', () => 'LogAppendTime' as const),
  }
  return { admin: admin as unknown as LogAdmin, calls }
}

test.each<[string, Partial<Record<keyof LogAdmin, Error[]>>]>([
  ['its leaders do not serve it yet', { ranges: [loading, notHosted] }],
  [
    'the controller takes its time',
    { createTopic: [new LogError('LOG_UNREACHABLE', 'creating topic t: The request timed out')] },
  ],
  [
    'a broker has not heard of it',
    { partitions: [], cleanupPolicy: [notHosted], timestampType: [notHosted] },
  ],
])(
  'waited out: %s',
  async (_, failing) => {
    const { admin, calls } = busy(failing)
    const lines: string[] = []
    expect(await openTopic(admin, 't', 4, (line) => lines.push(line))).toEqual({
      partitions: 4,
      clusterId: 'c',
      compacted: false,
      timestamps: 'LogAppendTime',
    })
    expect(calls.filter((name) => name === 'createTopic').length).toBeLessThanOrEqual(2)
    expect(lines.length).toBeGreaterThan(0)
  },
  20_000,
)

test('what does not pass ends the start at once', async () => {
  const { admin } = busy({ createTopic: [new LogError('LOG_NOT_AUTHORIZED', 'creating topic t')] })
  await expect(openTopic(admin, 't', 4, () => {})).rejects.toMatchObject({ code: 'LOG_NOT_AUTHORIZED' })
})

test("the producers' own time, and time that may not be asked for, are said with the line that changes it", () => {
  expect(timestampWarning('t', 'LogAppendTime')).toBe(null)
  for (const type of ['CreateTime', 'unknown'] as const)
    expect(timestampWarning('t', type)).toContain(
      '--entity-name t --add-config message.timestamp.type=LogAppendTime',
    )
})
