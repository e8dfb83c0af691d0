import { expect, test, vi } from 'vitest'
import { exitCodes } from '../../cli/args/exit.ts'
import { listenForStop } from '../../cli/args/stop-signal.ts'

test('the first signal asks to finish and ends every wait, the second one ends the process with 130', async () => {
  const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never)
  const known = process.listeners('SIGINT')
  const stop = listenForStop()
  const [signal] = process.listeners('SIGINT').filter((listener) => !known.includes(listener))
  const waiting = stop.sleep(3_600_000)
  signal!('SIGINT')
  await waiting
  expect(stop.stopped()).toBe(true)
  expect(exit).not.toHaveBeenCalled()
  signal!('SIGINT')
  expect(exit).toHaveBeenCalledExactlyOnceWith(exitCodes.interrupted)
  expect(exitCodes.interrupted).toBe(130)
  stop.release()
  expect(process.listeners('SIGINT')).toEqual(known)
  exit.mockRestore()
})
