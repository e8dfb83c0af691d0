/** An address that others can reach needs a word that this is meant: no process has access keys yet. */
import { isIP } from 'node:net'
import { CommandError, exitCodes } from './exit.ts'

export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true
  return isIP(host) === 4 && host.startsWith('127.')
}

/** Throws CommandError (78) for a host that others can reach where nobody said `--open`. */
export function checkHost(host: string, isOpen: boolean): void {
  if (isLoopback(host) || isOpen) return
  throw new CommandError(
    `others could reach ${host}, and there are no access keys yet: listen on 127.0.0.1, or say --open if the network is trusted`,
    exitCodes.config,
  )
}
