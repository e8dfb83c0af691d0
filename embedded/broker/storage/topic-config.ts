import { BrokerError } from '../errors.ts'

interface Setting {
  readonly fallback: string
  /** The complaint about a value, or null when it is fine. */
  readonly complain: (value: string) => string | null
}

const oneOf = (...allowed: readonly string[]) => (value: string): string | null =>
  allowed.includes(value) ? null : `must be ${allowed.join(' or ')}`

const integer = (least: number, most: number) => (value: string): string | null =>
  /^-?\d{1,16}$/.test(value) && Number(value) >= least && Number(value) <= most ? null : `must be an integer from ${least} to ${most}`

const MIB = 1024 * 1024

/** 1 MiB and what a batch wraps around one record of that size. */
export const DEFAULT_MAX_MESSAGE_BYTES = MIB + 12

/** Every topic setting this broker knows, by its Kafka name. -1 = no limit. */
const settings = {
  'message.timestamp.type': { fallback: 'LogAppendTime', complain: oneOf('LogAppendTime', 'CreateTime') },
  'max.message.bytes': { fallback: String(DEFAULT_MAX_MESSAGE_BYTES), complain: integer(1024, 64 * MIB) },
  'segment.bytes': { fallback: String(64 * MIB), complain: integer(1024, 1024 * MIB) },
  'retention.ms': { fallback: '-1', complain: integer(-1, Number.MAX_SAFE_INTEGER) },
  'retention.bytes': { fallback: '-1', complain: integer(-1, Number.MAX_SAFE_INTEGER) },
  // A log that is never compacted is a legal compacted log: such a topic keeps everything.
  'cleanup.policy': { fallback: 'delete', complain: oneOf('delete', 'compact') },
  'compression.type': { fallback: 'producer', complain: oneOf('producer') },
  'min.insync.replicas': { fallback: '1', complain: oneOf('1') },
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof settings
/** What was set on a topic; the rest is the fallback. */
export type TopicConfig = Partial<Record<SettingName, string>>

export const settingNames = Object.keys(settings) as readonly SettingName[]

const isKnown = (name: string): name is SettingName => Object.hasOwn(settings, name)

/** Checks what a client asks for. Throws INVALID_CONFIG naming the setting; null resets to the fallback. */
export function checkConfig(asked: readonly { readonly name: string; readonly value: string | null }[]): TopicConfig {
  const config: TopicConfig = {}
  for (const { name, value } of asked) {
    if (!isKnown(name)) throw new BrokerError('INVALID_CONFIG', `${name} is not known here; known are ${settingNames.join(', ')}`)
    if (value === null) continue
    const complaint = settings[name].complain(value)
    if (complaint !== null) throw new BrokerError('INVALID_CONFIG', `${name} ${complaint}, not ${JSON.stringify(value)}`)
    config[name] = value
  }
  return config
}

export const settingOf = (config: TopicConfig, name: SettingName): string => config[name] ?? settings[name].fallback

/** A numeric setting where -1 means "no limit": null then. */
export function limitOf(config: TopicConfig, name: 'retention.ms' | 'retention.bytes'): number | null {
  const value = Number(settingOf(config, name))
  return value < 0 ? null : value
}
