/** Time zones by what a reader types: a city, a part of a name, an offset. Pure. */

/** Names of today for zones that browsers list by their names of old; a search finds both. */
const RENAMED = [
  'Africa/Asmara',
  'America/Nuuk',
  'Asia/Ho_Chi_Minh',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Asia/Yangon',
  'Atlantic/Faroe',
  'Europe/Kyiv',
  'Pacific/Chuuk',
  'Pacific/Kanton',
  'Pacific/Pohnpei',
]

/** The zones that the browser knows; UTC is not among those that it lists. */
export const allZones = (listed = Intl.supportedValuesOf('timeZone')): string[] => [
  'UTC',
  ...listed.filter((zone) => zone !== 'UTC'),
  ...RENAMED.filter((zone) => !listed.includes(zone)),
]

const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[_\s]+/g, ' ')
    .trim()

/** Those whose city begins with it, then those that hold it anywhere; at most so many. */
export function zonesLike(text: string, all: readonly string[], most: number): string[] {
  const wanted = plain(text)
  if (wanted === '') return all.slice(0, most)
  const named = all.map((zone) => ({ zone, name: plain(zone), city: plain(zone.split('/').at(-1)!) }))
  const first = named.filter(({ city, name }) => city.startsWith(wanted) || name.startsWith(wanted))
  const rest = named.filter((one) => !first.includes(one) && one.name.includes(wanted))
  return [...first, ...rest].slice(0, most).map(({ zone }) => zone)
}

/** +01:00, +05:45, −03:00: how far its clocks are ahead of UTC at an instant. */
export function offsetName(zone: string, atMs: number): string {
  const name = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
    .formatToParts(atMs)
    .find(({ type }) => type === 'timeZoneName')!.value
  return name === 'GMT' ? '+00:00' : name.slice(3).replace('-', '−')
}
