/** Variables of the environment, which compose files and service units set to nothing and to words of their own. */
import { wrongConfiguration } from './flag-file.ts'

/** One of ours that holds nothing but blanks is as if it were not set. */
export function settled(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return new Proxy(env, {
    get(from, name) {
      const value = Reflect.get(from, name) as string | undefined
      return String(name).startsWith('TIDEMARK_') && value?.trim() === '' ? undefined : value
    },
  })
}

const ON = ['1', 'true', 'yes', 'on']
const OFF = ['0', 'false', 'no', 'off', '']

/** A flag without a value as a variable. A word that says neither is refused: TLS that somebody asked for must not be off without a word. */
export function readSwitch(env: NodeJS.ProcessEnv, name: string): boolean {
  const value = (env[name] ?? '').trim()
  const word = value.toLowerCase()
  if (ON.includes(word)) return true
  if (OFF.includes(word)) return false
  throw wrongConfiguration(`${name}=${value.slice(0, 40)}: write 1 or 0`)
}
