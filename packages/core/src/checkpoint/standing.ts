/** What a tip is the tip of. */
export interface Standing {
  /** The id of the branch that is seen. */
  branch: string
  /** The generation of the data. */
  data: string
}

/** The id and the name of the first branch. */
export const MAIN = 'main'

/** Where every session begins. */
export const FIRST_STANDING: Standing = Object.freeze({ branch: MAIN, data: '0' })

/** As it is stored: nothing for the first. */
export type PackedStanding = [branch: string, data: string]

export const packStanding = ({ branch, data }: Standing): PackedStanding | undefined =>
  branch === FIRST_STANDING.branch && data === FIRST_STANDING.data ? undefined : [branch, data]

export const unpackStanding = (packed: PackedStanding | undefined): Standing =>
  packed ? { branch: packed[0], data: packed[1] } : FIRST_STANDING
