/** Of a response: where its client is in a turn's stream, having had none of its chunks. Each chunk moves it on by one. */
export const PLACE_HEADER = 'x-everthread-place'
