/** Figures for whoever reads the run. */
export const report = (line: string): boolean => process.stdout.write(`${line}\n`)
