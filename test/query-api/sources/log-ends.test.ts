/** What Kafka says of the log's ends: known before the first answer, of every partition there is by now. */
import { describe, expect, test, vi } from 'vitest'
import { opened, watching } from './kafka-ends.ts'

describe('the ends of a topic', () => {
  test('are known before the first answer', async () => {
    const ends = watching(() => [5, 0])
    expect(ends.of('t')).toMatchObject({ partitions: null, why: expect.any(String) as string })
    await ends.known('t')
    const { partitions, why, of } = ends.of('t')
    expect([partitions, why, of(0)?.latest?.end, of(1)?.latest?.end]).toEqual([2, null, 5, 0])
    // One that is asked for while another question is under way waits for the next.
    await ends.known('u')
    expect(ends.of('u').partitions).toBe(2)
  })

  test('partitions that are added are there with the next question', async () => {
    const all = [5, 0]
    const ends = watching(() => all)
    await ends.known('t')
    all.push(0, 0)
    await vi.waitFor(() => expect(ends.of('t').partitions).toBe(4), 10_000)
  })

  test('a Kafka that does not answer is waited for once, and one that refuses not at all', async () => {
    const silent = watching(() => new Promise<never>(() => {}))
    await silent.known('t')
    const reply = silent.known('t').then(() => 'at once')
    expect(await Promise.race([reply, new Promise((resolve) => setImmediate(() => resolve('later')))])).toBe(
      'at once',
    )
    const refusing = watching(() => Promise.reject(new Error('no')))
    await refusing.known('t')
    expect(refusing.of('t').why).toBe('no')
    opened.splice(opened.indexOf(silent), 1) // its question is never answered
  })
})
