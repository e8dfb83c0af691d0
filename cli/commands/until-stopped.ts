/** Resolves when this process is told to stop (SIGTERM, SIGINT); a second word ends it at once. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    let isTold = false
    const told = (): void => {
      if (isTold) process.exit(130)
      isTold = true
      resolve()
    }
    process.on('SIGTERM', told)
    process.on('SIGINT', told)
  })
}
