import type { Reading, Signal } from './events.ts'
import type { Random } from './random.ts'

/** Mean temperature in °C, mean humidity in %, mean power in W. */
const sites = {
  hamburg: { temperature: 11.5, humidity: 74, power: 3200 },
  rotterdam: { temperature: 12.5, humidity: 78, power: 4100 },
  porto: { temperature: 17, humidity: 71, power: 2600 },
  bergen: { temperature: 8.5, humidity: 82, power: 1900 },
} as const
const DEVICES_PER_SITE = 6

interface Shape {
  unit: string
  /** Half of the swing from night to day, as a share of the mean. */
  daily: number
  /** Slow wandering of a single device, and quick noise, as shares of the mean. */
  drift: number
  noise: number
  decimals: number
  low: number
  high: number
}
const shapes: Record<Signal, Shape> = {
  temperature: { unit: '°C', daily: 0.25, drift: 0.02, noise: 0.008, decimals: 2, low: -40, high: 60 },
  humidity: { unit: '%', daily: -0.1, drift: 0.01, noise: 0.01, decimals: 1, low: 0, high: 100 },
  power: { unit: 'W', daily: 0.35, drift: 0.04, noise: 0.03, decimals: 1, low: 0, high: 20_000 },
}
const signals = Object.keys(shapes) as Signal[]

/** One device falls silent about every this often, and stays so for two to six minutes. */
const MEAN_TIME_TO_OUTAGE_MS = 25 * 60_000
const outageMs = [2 * 60_000, 6 * 60_000] as const
/** Who was silent for longer was switched off: its meter begins anew. */
const SWITCHED_OFF_MS = 4 * 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

interface Device {
  name: string
  site: keyof typeof sites
  /** By signal: wandering around the mean, as a share of it. */
  drift: Record<Signal, number>
  outAtMs: number
  backAtMs: number
  /** Since it was switched on, as of its last reading of power. */
  meter: { wattHours: number; readAtMs: number | null }
}

/** Devices that report in turn, wander, and at times fall silent. Pure but for its own state. */
export interface Readings {
  next(timeMs: number): Reading
}

export function createReadings(random: Random): Readings {
  // One of each site in turn, so that every site says something at any time.
  const devices: Device[] = Array.from({ length: DEVICES_PER_SITE }, (_, index) =>
    (Object.keys(sites) as (keyof typeof sites)[]).map((site) => ({
      name: `${site}-${String(index + 1).padStart(2, '0')}`,
      site,
      drift: {
        temperature: 0.04 * random.normal(),
        humidity: 0.03 * random.normal(),
        power: 0.15 * random.normal(),
      },
      outAtMs: -1,
      backAtMs: 0,
      meter: { wattHours: 0, readAtMs: null },
    })),
  ).flat()
  let turn = 0

  /** Whether the device is silent now; also plans its next outage once the last is over. */
  function isOut(device: Device, timeMs: number): boolean {
    if (timeMs >= device.backAtMs) {
      if (device.backAtMs - device.outAtMs > SWITCHED_OFF_MS) device.meter = { wattHours: 0, readAtMs: null }
      device.outAtMs = timeMs + random.exponential(MEAN_TIME_TO_OUTAGE_MS)
      device.backAtMs = device.outAtMs + random.between(...outageMs)
    }
    return timeMs >= device.outAtMs
  }

  function measure(device: Device, signal: Signal, timeMs: number): number {
    const shape = shapes[signal]
    // A pull back to the mean keeps the wandering within bounds.
    device.drift[signal] = device.drift[signal] * 0.999 + 0.05 * shape.drift * random.normal()
    // Warmest at 15:00 UTC, coldest at 03:00.
    const daily = shape.daily * Math.sin((2 * Math.PI * (timeMs - 9 * 3_600_000)) / DAY_MS)
    const raw =
      sites[device.site][signal] * (1 + daily + device.drift[signal] + shape.noise * random.normal())
    const scale = 10 ** shape.decimals
    return Math.round(Math.min(shape.high, Math.max(shape.low, raw)) * scale) / scale
  }

  /** What the meter says, after it had this power since it said something last. */
  function read({ meter }: Device, watts: number, timeMs: number): number {
    meter.wattHours += (watts * (timeMs - (meter.readAtMs ?? timeMs))) / HOUR_MS
    meter.readAtMs = timeMs
    return Math.floor(meter.wattHours * 10) / 10
  }

  return {
    next(timeMs) {
      const slots = devices.length * signals.length
      let device = devices[0]!
      let signal = signals[0]!
      // All devices out at once is next to impossible; then the one whose turn it is speaks all the same.
      for (let tried = 0; tried < slots; tried++) {
        device = devices[turn % devices.length]!
        signal = signals[(turn + Math.floor(turn / devices.length)) % signals.length]!
        turn = (turn + 1) % slots
        if (!isOut(device, timeMs)) break
      }
      const value = measure(device, signal, timeMs)
      return {
        ts: new Date(timeMs).toISOString(),
        device: device.name,
        site: device.site,
        signal,
        value,
        unit: shapes[signal].unit,
        ...(signal === 'power' && { counter: read(device, value, timeMs) }),
      }
    },
  }
}
