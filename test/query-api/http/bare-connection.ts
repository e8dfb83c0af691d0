/** Requests as no client library sends them, and what comes back. */
/** The rows of docs/bad-input.md about questions to the API. */
import { connect } from 'node:net'
import type { Problem } from '../../../query-api/wire.ts'

/** Status and kind of a problem, or the status alone. */
export function codeOf(response: { statusCode: number; body: string }): string {
  const kind =
    response.statusCode < 400
      ? ''
      : ((JSON.parse(response.body) as Partial<Problem>).type ?? '').replace('urn:tidemark:problem:', '')
  return `${response.statusCode} ${kind}`.trim()
}

/** What a bare connection hears until the other side hangs up: status and kind of a problem, or `closed`. */
export function say(port: number, pieces: readonly string[], everyMs = 0): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    let sent = 0
    const socket = connect(port, '127.0.0.1')
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
    const timer = setInterval(() => {
      const piece = pieces[sent++]
      if (piece === undefined || socket.destroyed) clearInterval(timer)
      else socket.write(piece)
    }, everyMs)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearInterval(timer)
      const [, status] = /^HTTP\/1\.1 (\d+)/.exec(answer) ?? []
      resolve(
        status === undefined
          ? 'closed'
          : codeOf({ statusCode: Number(status), body: answer.slice(answer.lastIndexOf('\r\n\r\n') + 4) }),
      )
    })
  })
}
