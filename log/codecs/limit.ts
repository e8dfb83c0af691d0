/** The data grow past what is allowed: a bomb, or a batch wider than anyone should write. */
export class GrowsPast extends Error {}

/** Undoes one compression. Throws {@link GrowsPast} before more than about `maxBytes` are held; whatever else it throws means damaged data. */
export type Inflate = (packed: Buffer, maxBytes: number) => Buffer

/** Bytes that a header promises: a promise past the limit is refused before anything is allocated for it. */
export function within(bytes: number, maxBytes: number): number {
  if (bytes > maxBytes) throw new GrowsPast(`${bytes} bytes`)
  return bytes
}
