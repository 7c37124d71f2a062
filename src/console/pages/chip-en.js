// English: the words of chips.
export default {
  "chip.reading": "Chip: being read…",
  "chip.genuine": "Chip: as its issuer signed it. The signer's certificate runs until {day}.",
  "chip.found": "Chip: {text}",
  "chip.no-chip": "Chip: none was found. Lay the document on the reader.",
  "chip.failed": "Chip: it could not be read.",
  "chip.again": "Once more",
  "chip.late.passed": "They were let through before the chip was read. Call them back; if they are gone, tell the supervisor at once.",
  "chip.late.referred": "They are with the second line already: tell it.",
  "chip.seen": "Understood",
  "keys.chip": "Read the chip once more",
  "error.no-reader": "This lane has no chip reader now. Go on by the page.",
  "error.chips-stopped": "By order, no document's chip is read here. Go on by the page.",
  "error.chip-unknown": "Nobody waits for this chip any more. Scan the document again.",
  "error.reader-unknown": "This reader's token is not known here. Make it another: postern reader add.",
};
