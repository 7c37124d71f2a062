// English: the words of an entry on paper.
export default {
  "proof.title": "Entry on paper",
  "proof.ask": "What the traveller shows of an entry on a paper day. The day on it counts as the day of entry, and both stand in the record. It goes with this one traveller.",
  "proof.kind": "What is shown",
  "proof.entered": "Day on it (YYYY-MM-DD)",
  "proof.act": "Take it with the scan",
  "proof.days": "Paper days of this stay: {from} to {until}.",
  "proof.none": "Without a day it is noted, and no day counts.",
  "proof.counts": "{day} counts as the day of entry.",
  "proof.beside": "{day} is none of the paper days of this stay, {from} to {until}. Read it again.",
  "error.proof-date": "Write the date as year-month-day: 2026-09-12.",
  "error.proof-impossible": "There is no such day. Read it again.",
  "error.proof-future": "That day is still to come. Read it again.",
};
