// CPU and memory of a process, read from /proc.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const TICKS_PER_S = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** CPU-seconds that a stat file of /proc tells, in the program and in the kernel. */
function spent(file) {
  try {
    const text = readFileSync(file, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { user: Number(fields[11]) / TICKS_PER_S, system: Number(fields[12]) / TICKS_PER_S }
  } catch {
    return { user: NaN, system: NaN }
  }
}

/** CPU-seconds of a process and the children it waited for, all threads. */
export function cpuSeconds(pid) {
  const { user, system } = spent(`/proc/${pid}/stat`)
  return user + system
}

/** What of it the main thread spent, and what all threads spent in the kernel. */
export function cpuSplit(pid) {
  const main = spent(`/proc/${pid}/task/${pid}/stat`)
  return { main: main.user + main.system, system: spent(`/proc/${pid}/stat`).system }
}

/** A size that a file of /proc tells of a process, MB. */
function told(pid, file, name) {
  try {
    return (
      Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))[1]) / 1024
    )
  } catch {
    return NaN
  }
}

/** Greatest resident set so far, MB. */
export const peakMb = (pid) => told(pid, 'status', 'VmHWM')
/** Resident set now, MB; what processes share, such as Node's own program, counts in each. */
export const residentMb = (pid) => told(pid, 'status', 'VmRSS')
/** The same, where what several processes share counts by their number: its sum over all is the memory that is used. */
export const shareMb = (pid) => told(pid, 'smaps_rollup', 'Pss')
