/** What a plot does not know, and says so by its hatch. Pure. */
import { momentOf } from '../format/format.ts'
import { gaps, type Scene } from './scene.ts'

/** The stretch before the first thing known, the holes, and all that comes after the mark. */
export function unknownStretches(
  scene: Scene,
): { fromMs: number; toMs: number; strength: number; words: string }[] {
  const found: { fromMs: number; toMs: number; strength: number; words: string }[] = []
  // A hole is where no curve has anything; where only one misses, its line stops and begins again.
  const known = scene.timesMs.map((_, i) =>
    scene.curves.some((curve) => (curve.values[i] ?? null) !== null) ? 0 : null,
  )
  // What was back-dated to before the log began is known: the hatch ends where it lies.
  const first = scene.startsMs[known.indexOf(0)] ?? Number.POSITIVE_INFINITY
  if (scene.sinceMs !== null && scene.sinceMs > scene.fromMs)
    found.push({
      fromMs: scene.fromMs,
      toMs: Math.min(scene.sinceMs, first),
      strength: 0.45,
      words: `not in the log before ${momentOf(scene.sinceMs)}`,
    })
  if (scene.curves.length > 0)
    for (const [before, after] of gaps(known))
      found.push({
        fromMs: scene.timesMs[before]!,
        toMs: scene.startsMs[after]!,
        strength: 1,
        words: 'no data',
      })
  if (scene.asOfMs !== null && scene.asOfMs < scene.toMs)
    found.push({ fromMs: scene.asOfMs, toMs: scene.toMs, strength: 1, words: 'not known yet' })
  return found
}
