// English: the words of a boarding pass.
export default {
  "pass.flight": "Boarding pass: {flight}. The next document is looked for on its list first; a pass identifies nobody.",
  "pass.none": "Boarding pass: {flight}. No list of that flight is here; a pass identifies nobody.",
};
