import type { Kafka, KafkaConfig, LogEntry } from 'kafkajs'
import { LogError } from '../errors.ts'
import type { LogConfig } from '../log.ts'
import { outagesOf } from './outages.ts'
import { kafkajs } from './kafkajs-patches.ts'
import { openSocket } from './socket.ts'

const CONNECT_TIMEOUT_MS = 3_000
const REQUEST_TIMEOUT_MS = 15_000
/** About three seconds. All is stated, because kafkajs has other defaults under NODE_ENV=test. */
const RETRY = { initialRetryTime: 100, multiplier: 2, maxRetryTime: 2_000, factor: 0.2, retries: 5 }

/** A client of its own for each consumer, producer and admin: they share nothing that one could break for another. Errors: LOG_CONFIG. */
export function openClient(config: LogConfig): Kafka {
  if (config.brokers.length === 0)
    throw new LogError('LOG_CONFIG', 'no brokers are named; give at least one host:port')
  const options: KafkaConfig = {
    brokers: config.brokers,
    clientId: config.clientId,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: RETRY,
    socketFactory: openSocket as NonNullable<KafkaConfig['socketFactory']>,
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (entry) => {
      if (config.log === undefined || isTwiceTold(entry)) return
      const { broker } = entry.log
      if (entry.namespace === 'Connection' && typeof broker === 'string')
        outagesOf(config.log).failed(broker, entry.log.message)
      else config.log(line(entry), 'warn')
    },
  }
  if (config.ssl !== undefined) options.ssl = config.ssl
  // A copy: the library writes functions of its own into it, and the caller's goes to other threads as plain data.
  if (config.sasl !== undefined) options.sasl = { ...config.sasl } as NonNullable<KafkaConfig['sasl']>
  return new kafkajs.Kafka(options)
}

/** Each refusal of a broker is logged where it arrives, and raised as well: whoever asked knows what to make of it. */
function isTwiceTold({ namespace, log }: LogEntry): boolean {
  if (namespace === 'Connection') return log.message.startsWith('Response ')
  return TOLD_OTHERWISE.some((start) => log.message.startsWith(start))
}

const TOLD_OTHERWISE = [
  'Limiting retries for the idempotent producer', // producers are thrown away when their retries are used up (producer.ts)
  'Failed to connect to seed broker', // the connection said it
  'Connection error', // likewise
  'Connection timeout',
]

/** One line an entry; stacks stay out. */
function line({ label, namespace, log }: LogEntry): string {
  const about = ['topic', 'partition', 'groupId', 'broker', 'error']
    .filter((key) => log[key] !== undefined)
    .map((key) => `${key}=${log[key] instanceof Error ? log[key].message : String(log[key])}`)
  return ['kafka', label.toLowerCase(), namespace, log.message, ...about]
    .filter((part) => part !== '')
    .join(' ')
    .replaceAll('\n', ' ')
}
