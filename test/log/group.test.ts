/** What a member does about the errors of its group; when a topic is another one; what is said of outages; how long a start waits. With scripted brokers. */
import { describe, expect, test } from 'vitest'
import { LogError } from '../../log/errors.ts'
import type { Group } from '../../log/kafka/group.ts'
import { Keeper, verdictOf } from '../../log/kafka/keeper.ts'
import { Member } from '../../log/kafka/member.ts'
import { Outages } from '../../log/kafka/outages.ts'
import { SameTopic } from '../../log/kafka/same-topic.ts'
import { outlast } from '../../log/patience.ts'
import { endsBefore, readPatiently } from '../../ingest/log-end.ts'
import { until } from './log-tools.ts'

const kafkaError = (type: string, retriable = false): Error =>
  Object.assign(new Error(type), { type, retriable })
const lostConnection = (): Error =>
  Object.assign(new Error('Closed connection'), { name: 'KafkaJSConnectionClosedError', retriable: true })

test('what an error means for the next call', () => {
  expect(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION'].map((type) => verdictOf(kafkaError(type)))).toEqual([
    'join',
    'join',
  ])
  expect(verdictOf(kafkaError('UNKNOWN_MEMBER_ID'))).toBe('join anew')
  expect(verdictOf(kafkaError('GROUP_LOAD_IN_PROGRESS', true))).toBe('ask again')
  for (const passing of [
    kafkaError('NOT_COORDINATOR_FOR_GROUP'),
    kafkaError('GROUP_COORDINATOR_NOT_AVAILABLE', true),
    kafkaError('UNKNOWN'),
    lostConnection(),
  ])
    expect(verdictOf(passing)).toBe('find again')
  for (const final of [
    kafkaError('GROUP_AUTHORIZATION_FAILED'),
    kafkaError('INCONSISTENT_GROUP_PROTOCOL'),
    new LogError('LOG_HANDLER', 'x'),
  ])
    expect(verdictOf(final)).toBe('over')
})

describe('a keeper', () => {
  /** A coordinator that answers each call with the next of `script`, and with yes when it is over. */
  function scripted(script: (Error | null)[]) {
    const calls: string[] = []
    const died: LogError[] = []
    const fetched: number[] = []
    const assigned: number[][] = []
    const call = async <T>(name: string, answer: T): Promise<T> => {
      calls.push(name)
      const error = script.shift() ?? null
      if (error !== null) throw error
      return answer
    }
    const group = {
      isLeader: true,
      join: () => call('join', { generation: 1, partitions: [0, 1] }),
      heartbeat: () => call('heartbeat', undefined),
      leave: async () => undefined,
      forget: () => void calls.push('forget'),
      lost: () => void calls.push('lost'),
    }
    const member = new Member(
      { topic: 't', sessionTimeoutMs: 30_000, maxWaitMs: 500 },
      {
        onAssigned: async (partitions) => {
          assigned.push(partitions)
          return new Map(partitions.map((partition) => [partition, 0]))
        },
        onRevoked: async () => undefined,
        onFetched: ({ partition }) => void fetched.push(partition),
        onCrash: () => undefined,
      },
      { heartbeatNow: () => keeper.heartbeatNow(), wake: () => undefined, allowBytes: () => undefined },
    )
    const lines: string[] = []
    const keeper = new Keeper(group as unknown as Group, member, {
      doing: 'consuming t',
      heartbeatIntervalMs: 10,
      partitionsOf: async () => [0, 1],
      died: (error) => void died.push(error),
      log: (line) => void lines.push(line),
    })
    return { calls, died, member, keeper, assigned, lines, fetched }
  }

  test('whose coordinator is away goes on asking under its id: no second join, and what it holds is read on', async () => {
    const away = [
      lostConnection(),
      kafkaError('GROUP_COORDINATOR_NOT_AVAILABLE', true),
      kafkaError('NOT_COORDINATOR_FOR_GROUP'),
      kafkaError('GROUP_LOAD_IN_PROGRESS', true),
    ]
    const { calls, keeper, member, lines, fetched } = scripted([null, null, ...away])
    keeper.start()
    await until('it is away', () => calls.includes('lost'))
    expect([member.isOwner(0), member.wantedOf(0)]).toEqual([false, 0])
    member.deliver(0, 0, {
      batches: [],
      damaged: false,
      logStart: 0,
      logEnd: 0,
      stableEnd: 0,
      fetchedAtMs: Date.now(),
      needBytes: 0,
    })
    expect(fetched).toEqual([0])
    await until('it owns again', () => member.isOwner(0))
    expect(calls.filter((call) => call === 'join' || call === 'forget')).toEqual(['join'])
    expect(lines).toHaveLength(1) // however often it asked
    await keeper.stop(10)
  })

  test('joins again under its id when the group rebalances, and under a new one only when the group forgot it', async () => {
    const { calls, keeper, assigned } = scripted([
      null,
      kafkaError('REBALANCE_IN_PROGRESS'),
      null,
      null,
      kafkaError('UNKNOWN_MEMBER_ID'),
    ])
    keeper.start()
    await until('it joined three times', () => assigned.length === 3)
    expect(calls.filter((call) => call !== 'heartbeat')).toEqual(['join', 'join', 'forget', 'join'])
    await keeper.stop(10)
  })

  test('ends for good where it may not be a member', async () => {
    const { died, keeper } = scripted([kafkaError('GROUP_AUTHORIZATION_FAILED')])
    keeper.start()
    await until('it is told', () => died.length > 0)
    expect(died).toMatchObject([{ code: 'LOG_NOT_AUTHORIZED', retry: false }])
    await keeper.stop(10)
  })

  test('has new partitions given out, if it leads', async () => {
    const { calls, keeper, member } = scripted([])
    keeper.start()
    await until('it owns', () => member.isOwner(0))
    keeper.topicGrew()
    await until('it joined again', () => calls.filter((call) => call === 'join').length === 2)
    await keeper.stop(10)
  })
})

describe('another topic under the same name', () => {
  test('is believed when it is said again and again, of a topic that was read', () => {
    const same = new SameTopic()
    expect(same.saw('a', 0)).toBe('same')
    same.wasRead()
    expect([same.saw('b', 1_000), same.mayRead, same.saw('b', 1_100), same.saw('b', 1_200)]).toEqual([
      'unsure',
      false,
      'unsure',
      'unsure',
    ]) // too soon
    expect([same.saw('b', 1_700), same.topicId]).toEqual(['replaced', 'b'])
  })

  test('is not believed of a broker that is behind the others', () => {
    const same = new SameTopic()
    same.saw('b', 0)
    same.wasRead()
    for (let at = 0; at < 20; at++)
      expect([same.saw('a', at * 1_000), same.saw('b', at * 1_000 + 500)]).toEqual(['unsure', 'same'])
    expect(same.mayRead).toBe(true)
  })

  test('is taken where nothing was read yet: the first answer was of a broker that is behind', () => {
    const same = new SameTopic()
    same.saw('a', 0)
    expect([same.saw('b', 0), same.saw('b', 500), same.saw('b', 1_000), same.topicId]).toEqual([
      'unsure',
      'unsure',
      'same',
      'b',
    ])
  })

  test('is not seen where brokers have no ids', () => {
    expect([new SameTopic().saw(null, 0), new SameTopic().mayRead]).toEqual(['same', true])
  })
})

describe('the end of the log', () => {
  const admin = (...ends: (number | null | Error)[]) => {
    let asked = 0
    return {
      asked: () => asked,
      logEnds: async () => {
        const end = ends[Math.min(asked++, ends.length - 1)]!
        if (end instanceof Error) throw end
        return new Map([['t', new Map([[0, end]])]])
      },
    }
  }

  test.each([
    ['a new leader that catches up', [30_158, 30_160, 30_161]],
    ['a better word at the last', [5, 5, 5, 5, 5, 5, 5, 30_161]],
    [
      'brokers that are away, then a good answer',
      [null, new LogError('LOG_UNREACHABLE', 'x'), null, null, null, null, null, null, null, null, 30_161],
    ],
  ])('is not before the cursor: %s', async (_, ends) => {
    expect(await endsBefore(admin(...ends), 't', 0, 30_161, 1)).toBe(false)
  })

  test('is before it where the leader says so eight times', async () => {
    const logAdmin = admin(null, 100)
    expect(await endsBefore(logAdmin, 't', 0, 101, 1)).toBe(true)
    expect(logAdmin.asked()).toBe(9)
  })

  test('a record beyond it is asked for again', async () => {
    const record = { key: null, value: Buffer.from('x') }
    const answers: ('beyond-end' | typeof record)[] = ['beyond-end', 'beyond-end', record]
    const logAdmin = { ...admin(3, 8), readRecord: async () => answers.shift()! }
    expect(await readPatiently(logAdmin, 't', 0, 7, 1)).toBe(record)
    expect(
      await readPatiently({ ...admin(7), readRecord: async () => 'beyond-end' as const }, 't', 0, 7, 1),
    ).toBe('beyond-end')
  })
})

test('an outage is one line, a minute of it another, and its end one, whoever tried', () => {
  const lines: string[] = []
  let nowMs = 0
  const outages = new Outages(
    (line) => void lines.push(line),
    () => nowMs,
  )
  outages.answered('a:1')
  for (; nowMs < 90_000; nowMs += 1_000) outages.failed('a:1', 'connect ECONNREFUSED')
  outages.failed('b:1', 'Connection timeout')
  outages.answered('a:1')
  outages.answered('a:1')
  expect(lines).toEqual([
    'kafka: broker a:1 does not answer: connect ECONNREFUSED; trying on',
    'kafka: broker a:1 has not answered for 60 s (61 tries): connect ECONNREFUSED',
    'kafka: broker b:1 does not answer: Connection timeout; trying on',
    'kafka: broker a:1 answers again after 90 s (90 tries)',
  ])
})

describe('a start', () => {
  const failing = (times: number, error: Error) => async () => {
    if (times-- > 0) throw error
    return 'there'
  }
  const unknown = new LogError('TOPIC_UNKNOWN', 'describing t')

  test('waits out what passes, and says what it waits for', async () => {
    const said: string[] = []
    expect(
      await outlast(failing(2, new LogError('LOG_UNREACHABLE', 'the coordinator is loading')), {
        withinMs: 30_000,
        say: (line) => void said.push(line),
      }),
    ).toBe('there')
    expect(said).toEqual([expect.stringContaining('the coordinator is loading')])
    expect(await outlast(failing(1, unknown), { withinMs: 30_000, topicIsThere: true })).toBe('there')
  })

  test('ends at once where nothing passes, and in time where it does not', async () => {
    await expect(outlast(failing(1, unknown), { withinMs: 30_000 })).rejects.toBe(unknown)
    await expect(outlast(failing(99, unknown), { withinMs: 1, topicIsThere: true })).rejects.toMatchObject({
      code: 'TOPIC_UNKNOWN',
      message: expect.stringMatching(/describing t \(asked for \d+ s\)/),
    })
  })
})
