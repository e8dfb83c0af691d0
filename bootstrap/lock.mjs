// One holder at a time, across processes: a file that names its holder's pid. A dead holder's lock is taken over.
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const pollMs = 100
const giveUpMs = 5 * 60_000
/** Older than this, the pid in the file may belong to anybody. */
const staleMs = 15 * 60_000

function take(file) {
  try {
    writeFileSync(file, `${process.pid}\n`, { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

function holderIsGone(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    const ageMs = Date.now() - statSync(file).mtimeMs
    if (ageMs > staleMs) return true
    if (!(pid > 0)) return ageMs > 1000 // created, its pid not yet written
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

/** Moves a dead holder's file away. Of two that try, one may catch a fresh lock by its rename: it puts it back. */
function breakLock(file) {
  const aside = `${file}.${process.pid}`
  try {
    renameSync(file, aside)
    if (!holderIsGone(aside)) linkSync(aside, file)
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

/** Runs `work` while holding `file`; waits up to five minutes for another holder. */
export async function withLock(file, work) {
  const began = Date.now()
  while (!take(file)) {
    if (holderIsGone(file)) breakLock(file)
    else if (Date.now() - began > giveUpMs)
      throw new Error(`waited five minutes for ${file}; delete it if nothing else is running`)
    else await sleep(pollMs)
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}
