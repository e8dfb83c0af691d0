/** Server-sent events, read by `fetch`: in a browser and in Node alike. */

export interface Frame {
  readonly event: string
  readonly data: string
  /** How far the reader is with it; absent where that is not said. */
  readonly id?: string
}

/** The frames of a text that came in pieces. */
export class FrameReader {
  #text = ''

  take(piece: string): Frame[] {
    const blocks = (this.#text + piece).split('\n\n')
    this.#text = blocks.pop()!
    return blocks.flatMap((block): Frame[] => {
      let [event, data, id] = ['message', '', '']
      for (const line of block.split('\n')) {
        const colon = line.indexOf(':')
        const value = line.slice(colon + 1).replace(/^ /, '')
        if (line.startsWith('event:')) event = value
        else if (line.startsWith('data:')) data += value
        else if (line.startsWith('id:')) id = value
      }
      return data === '' ? [] : [{ event, data, ...(id !== '' && { id }) }]
    })
  }
}

/** Hands over every frame until the stream ends, breaks (throws) or `signal` says so (throws). */
export async function readFrames(
  body: ReadableStream<Uint8Array>,
  take: (frame: Frame) => void,
  signal: AbortSignal,
): Promise<void> {
  const reader = body.getReader()
  const cancel = (): void => void reader.cancel().catch(() => undefined)
  signal.addEventListener('abort', cancel, { once: true })
  const [decoder, frames] = [new TextDecoder(), new FrameReader()]
  try {
    for (;;) {
      const { done, value } = await reader.read()
      signal.throwIfAborted()
      if (done) return
      for (const frame of frames.take(decoder.decode(value, { stream: true }))) take(frame)
    }
  } finally {
    signal.removeEventListener('abort', cancel)
    cancel()
  }
}
