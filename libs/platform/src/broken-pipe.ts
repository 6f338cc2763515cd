/** For what is run by hand. Who reads along may go before the end (`| head`): the work goes on, its words are lost. */
export function outliveReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => { if (error.code !== 'EPIPE') throw error; });
  }
}
