// Words of suggested commands, quoted where a shell would read them otherwise: `'__main__.<module>'`.

export function shellWord(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
