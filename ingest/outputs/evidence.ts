/** The first bytes of what is shown as it came. */
export function head(bytes: Buffer | null, most: number): Buffer {
  return bytes === null ? Buffer.alloc(0) : bytes.subarray(0, most)
}
