const stopWords = new Set(
  `a about after all an and any are as at be been before but by can could did do does each every find for from get give
  had has have how i in into is it its many me much my no not of on one or our show so take tell than that the their them
  then there these they this to us was we were what when where which who why will with would you your`.split(/\s+/),
)

/** The words of a question that are worth searching for, in order, each once. */
export function keywords(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}'-]*/gu) ?? []
  return [...new Set(words.filter((word) => word.length > 1 && !stopWords.has(word)))]
}

/** The stems of all words of a text. */
export function stems(text: string): Set<string> {
  return new Set(keywords(text).map(stem))
}

/** Cuts common English endings, so that `bicycles` finds `bicycle` and `closed` finds `closes`. */
function stem(word: string): string {
  if (word.length <= 4) return word.replace(/s$/, '')
  return word.replace(/(ies|ied)$/, 'y').replace(/(ing|ed|es|s|e)$/, '')
}
