/** A question that no breakdown holds, asked of a `tidemark serve` of its own: how many events it was answered with, and from what. */
import { startTidemark } from '../harness/tidemark.ts'
import type { TopAnswer } from '../../query-api/wire.ts'

export async function askTheLog(
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ from: string; total: number | null }> {
  const serve = startTidemark(['serve', '--port', '0', ...args], env)
  try {
    await serve.until('serve ready on ')
    const base = /serve ready on (\S+)/.exec(serve.said())![1]!
    const range = 'from=latest-30d&to=latest%2B1d&limit=1000'
    const reply = await fetch(`${base}/v1/top?metric=clicks.events&by=visitor,path&${range}`)
    const answer = (await reply.json()) as TopAnswer
    if (!reply.ok) throw new Error(`${JSON.stringify(answer)}\n${serve.said().slice(-2000)}`)
    return { from: answer.meta.from, total: answer.total.value }
  } finally {
    await serve.stop()
  }
}
