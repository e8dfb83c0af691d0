/** Long work of several requests, each piece in a turn of the loop of its own: what arrives together is not computed in one go. */
import { setImmediate as turn } from 'node:timers/promises'

let last: Promise<unknown> = Promise.resolve()

/** Resolves in a turn that nobody else who asked here has. */
export function ownTurn(): Promise<unknown> {
  last = last.then(() => turn())
  return last
}
