/** Who comes to the made-up shop: somebody new, somebody of a moment ago, or somebody of an earlier day. */
import { createRandom, weighted, type Random } from './random.ts'
import { countries, devices } from './site.ts'

export interface Person {
  id: string
  country: string
  device: string
  /** How much slower than on a desktop their pages load. */
  slowness: number
  /** Buys more often, and comes back more often. */
  loyal: boolean
}

const DAY_MS = 86_400_000
/** People who belong to one day: it is their first. As many as the demo's traffic of a day has room for. */
const PEOPLE_A_DAY = 300_000
/** The first of them come back most. */
const LOYAL_SHARE = 0.25
/** Remembered to come back on the same day, and the share of visits that they make. */
const REMEMBERED = 8_000
const AGAIN_TODAY = 0.3
/** Visits by how many days ago the person was here first; index 0 is today. */
const VISITS_BY_AGE = [64, 9, 6.5, 5, 4, 3.2, 2.6, 2.2, 1.9, 1.6] as const

const drawCountry = weighted(countries.map(([, weight]) => weight))
const drawDevice = weighted(devices.map(([, weight]) => weight))
const drawAge = weighted(VISITS_BY_AGE)

/** The same person for the same day and number, whatever the seed of a run: who was here yesterday is here again after a restart. */
function personOf(day: number, number: number): Person {
  const random = createRandom(Math.imul(day, 0x9e37_79b1) ^ Math.imul(number + 1, 0x85eb_ca6b))
  const [name, , slowness] = devices[drawDevice(random)]!
  const [country] = countries[drawCountry(random)]!
  const high = random.below(0x1_0000_0000).toString(16).padStart(8, '0')
  const low = random.below(0x1_0000).toString(16).padStart(4, '0')
  return { id: `v${high}${low}`, country, device: name, slowness, loyal: number < PEOPLE_A_DAY * LOYAL_SHARE }
}

/** Answers who begins the next visit. Pure but for its own state. */
export function createPeople(random: Random): (timeMs: number) => Person {
  const remembered: Person[] = []
  return (timeMs) => {
    if (remembered.length > 0 && random.chance(AGAIN_TODAY)) return random.pick(remembered)
    const age = drawAge(random)
    const day = Math.floor(timeMs / DAY_MS) - age
    // The square draws the first of a day more often, once that day is over.
    const number = Math.floor(PEOPLE_A_DAY * (age === 0 ? random.next() : random.next() ** 2))
    const person = personOf(day, number)
    if (remembered.length < REMEMBERED) remembered.push(person)
    else remembered[random.below(REMEMBERED)] = person
    return person
  }
}
