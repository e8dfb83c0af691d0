import { BrokerError } from '../protocol/errors.ts'

interface Setting {
  readonly fallback: string
  /** The complaint about a value, or null when it is fine. */
  readonly complain: (value: string) => string | null
}

const oneOf =
  (...allowed: readonly string[]) =>
  (value: string): string | null =>
    allowed.includes(value) ? null : `must be ${allowed.join(' or ')}`

const LONG_MAX = '9223372036854775807'

const integer =
  (least: number, most: number | bigint) =>
  (value: string): string | null =>
    /^-?\d{1,19}$/.test(value) && BigInt(value) >= least && BigInt(value) <= most
      ? null
      : `must be an integer from ${least} to ${most}`

const fraction = (value: string): string | null =>
  /^\d(\.\d+)?$/.test(value) && Number(value) <= 1 ? null : 'must be a number from 0 to 1'

const MIB = 1024 * 1024
const ms = (fallback: string): Setting => ({ fallback, complain: integer(0, BigInt(LONG_MAX)) })

/** 1 MiB and what a batch wraps around one record of that size. */
export const DEFAULT_MAX_MESSAGE_BYTES = MIB + 12

/** Every topic setting this broker knows, by its Kafka name. -1 = no limit. */
const settings = {
  'message.timestamp.type': { fallback: 'LogAppendTime', complain: oneOf('LogAppendTime', 'CreateTime') },
  // How far a producer's time may lie from now; the first is the name of both sides before Kafka 4.
  'message.timestamp.difference.max.ms': ms(LONG_MAX),
  'message.timestamp.before.max.ms': ms(LONG_MAX),
  'message.timestamp.after.max.ms': ms(LONG_MAX),
  'max.message.bytes': { fallback: String(DEFAULT_MAX_MESSAGE_BYTES), complain: integer(1024, 64 * MIB) },
  'segment.bytes': { fallback: String(64 * MIB), complain: integer(1024, 1024 * MIB) },
  'retention.ms': { fallback: '-1', complain: integer(-1, BigInt(LONG_MAX)) },
  'retention.bytes': { fallback: '-1', complain: integer(-1, BigInt(LONG_MAX)) },
  // A log that is never compacted is a legal compacted log: such a topic keeps everything, or what its retention leaves.
  'cleanup.policy': {
    fallback: 'delete',
    complain: oneOf('delete', 'compact', 'compact,delete', 'delete,compact'),
  },
  'compression.type': { fallback: 'producer', complain: oneOf('producer') },
  'min.insync.replicas': { fallback: '1', complain: oneOf('1') },
  // What follows is taken and kept, because tools set it, and changes nothing here: nothing is compacted, there is one replica,
  // and how files are cut and named is no reader's business.
  'min.compaction.lag.ms': ms('0'),
  'max.compaction.lag.ms': ms(LONG_MAX),
  'min.cleanable.dirty.ratio': { fallback: '0.5', complain: fraction },
  'delete.retention.ms': ms('86400000'),
  'segment.ms': ms('604800000'),
  'segment.jitter.ms': ms('0'),
  'segment.index.bytes': { fallback: String(10 * MIB), complain: integer(4, 1024 * MIB) },
  'index.interval.bytes': { fallback: '4096', complain: integer(0, 1024 * MIB) },
  'file.delete.delay.ms': ms('60000'),
  'unclean.leader.election.enable': { fallback: 'false', complain: oneOf('true', 'false') },
  preallocate: { fallback: 'false', complain: oneOf('true', 'false') },
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof settings
/** What was set on a topic; the rest is the fallback. */
export type TopicConfig = Partial<Record<SettingName, string>>

export const settingNames = Object.keys(settings) as readonly SettingName[]

const isKnown = (name: string): name is SettingName => Object.hasOwn(settings, name)

/** Throws INVALID_CONFIG where the setting is not known here. */
export function knownSetting(name: string): SettingName {
  if (isKnown(name)) return name
  throw new BrokerError(
    'INVALID_CONFIG',
    `${name.slice(0, 100)} is not known here; known are ${settingNames.join(', ')}`,
  )
}

/** Checks what a client asks for. Throws INVALID_CONFIG naming the setting; null resets to the fallback. */
export function checkConfig(
  asked: readonly { readonly name: string; readonly value: string | null }[],
): TopicConfig {
  const config: TopicConfig = {}
  for (const { name, value } of asked) {
    const known = knownSetting(name)
    if (value === null) continue
    const plain = value.replaceAll(/\s*,\s*/g, ',').trim()
    const complaint = settings[known].complain(plain)
    if (complaint !== null)
      throw new BrokerError(
        'INVALID_CONFIG',
        `${name} ${complaint}, not ${JSON.stringify(value.slice(0, 100))}`,
      )
    config[known] = plain
  }
  return config
}

export const settingOf = (config: TopicConfig, name: SettingName): string =>
  config[name] ?? settings[name].fallback

/** A numeric setting where -1 means "no limit": null then. */
export function limitOf(config: TopicConfig, name: 'retention.ms' | 'retention.bytes'): number | null {
  const value = Number(settingOf(config, name))
  return value < 0 ? null : value
}

/** How far a producer's time may lie behind and before now, ms. */
export function timeLimitsOf(config: TopicConfig): { readonly beforeMs: number; readonly afterMs: number } {
  const number = (name: SettingName): number => Number(settingOf(config, name))
  const both = number('message.timestamp.difference.max.ms')
  return {
    beforeMs: Math.min(both, number('message.timestamp.before.max.ms')),
    afterMs: Math.min(both, number('message.timestamp.after.max.ms')),
  }
}
